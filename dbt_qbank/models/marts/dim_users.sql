{{ config(materialized='incremental', unique_key='user_id') }}

-- depends_on: {{ ref('stg_quiz_sessions') }}
-- depends_on: {{ ref('stg_quiz_items') }}
-- depends_on: {{ ref('stg_user_responses') }}

-- Learners without anything that tells who they are. Somebody may have taken a quiz before their tenant's
-- system named them: quizzes make a row too.
with
{% if is_incremental() -%}
touched as materialized (
    select user_id from {{ ref('stg_learners') }} where change_xid >= {{ watermark() }}
    union
    select sessions.user_id
    from (
        select quiz_id from {{ ref('stg_quiz_sessions') }} where change_xid >= {{ watermark() }}
        union
        select quiz_id from {{ ref('stg_quiz_items') }} where change_xid >= {{ watermark() }}
        union
        select quiz_id from {{ ref('stg_user_responses') }} where change_xid >= {{ watermark() }}
    ) as changed
    inner join {{ ref('stg_quiz_sessions') }} as sessions
        on changed.quiz_id = sessions.quiz_id
),
{%- endif %}

learners as (
    select *
    from {{ ref('stg_learners') }}
    {% if is_incremental() -%}
    where user_id = any(array(select user_id from touched))
    {%- endif %}
),

active as (
    select
        user_id,
        (array_agg(tenant_id order by started_at, quiz_id))[1] as tenant_id,
        min((started_at at time zone 'UTC')::date) as first_day,
        max((last_activity_at at time zone 'UTC')::date) as last_day,
        count(*) as n_sessions,
        sum(n_answered)::bigint as n_answered
    from {{ ref('fact_quiz_sessions') }}
    {% if is_incremental() -%}
    where user_id = any(array(select user_id from touched))
    {%- endif %}
    group by user_id
)

select
    user_id,
    coalesce(learners.tenant_id, active.tenant_id) as tenant_id,
    active.first_day,
    active.last_day,
    coalesce(active.n_sessions, 0) as n_sessions,
    coalesce(active.n_answered, 0) as n_answered,
    coalesce(learners.is_flagged, false) as is_flagged
from learners
full join active using (user_id)
