{{
    config(
        materialized='incremental',
        unique_key='quiz_id',
        indexes=[{'columns': ['user_id']}, {'columns': ['status', 'expires_at']}],
    )
}}

-- One row for each quiz. A quiz that is open is looked at again once its time is over: that changes its
-- status, though no row of it changes.
with
{% if is_incremental() -%}
touched as materialized (
    select quiz_id from {{ ref('stg_quiz_sessions') }} where change_xid >= {{ watermark() }}
    union
    select quiz_id from {{ ref('stg_quiz_items') }} where change_xid >= {{ watermark() }}
    union
    select quiz_id from {{ ref('stg_user_responses') }} where change_xid >= {{ watermark() }}
    union
    select quiz_id from {{ this }} where status = 'open' and expires_at <= now()
),
{%- endif %}

sessions as (
    select *
    from {{ ref('stg_quiz_sessions') }}
    {% if is_incremental() -%}
    where quiz_id = any(array(select quiz_id from touched))
    {%- endif %}
),

served as (
    select
        items.quiz_id,
        count(*) as n_items,
        count(items.skipped_at) filter (where responses.response_id is null) as n_skipped,
        count(*) filter (where responses.response_id is null) as n_unanswered,
        greatest(max(items.served_at), max(items.skipped_at)) as last_at
    from {{ ref('stg_quiz_items') }} as items
    left join {{ ref('stg_user_responses') }} as responses
        on
            items.quiz_id = responses.quiz_id
            and items.question_id = responses.question_id
    {% if is_incremental() -%}
    where items.quiz_id = any(array(select quiz_id from touched))
    {%- endif %}
    group by items.quiz_id
),

answered as (
    select
        quiz_id,
        count(*) as n_answered,
        count(*) filter (where is_correct) as n_correct,
        max(ts) as last_at,
        bool_or(synthetic_at) as synthetic_at
    from {{ ref('stg_user_responses') }}
    {% if is_incremental() -%}
    where quiz_id = any(array(select quiz_id from touched))
    {%- endif %}
    group by quiz_id
),

-- What was answered was served, also where nobody wrote that down.
counted as (
    select
        sessions.*,
        coalesce(answered.n_answered, 0) + coalesce(served.n_unanswered, 0) as n_served,
        coalesce(answered.n_answered, 0) as n_answered,
        coalesce(answered.n_correct, 0) as n_correct,
        coalesce(served.n_skipped, 0) as n_skipped,
        coalesce(served.n_unanswered, 0) - coalesce(served.n_skipped, 0) as n_omitted,
        greatest(
            sessions.started_at,
            case when sessions.sealed_at is not null then least(sessions.sealed_at, sessions.expires_at) end,
            served.last_at,
            answered.last_at
        )
            as last_activity_at,
        coalesce(answered.synthetic_at, false) as synthetic_at
    from sessions
    left join served on sessions.quiz_id = served.quiz_id
    left join answered on sessions.quiz_id = answered.quiz_id
)

select
    quiz_id,
    user_id,
    tenant_id,
    exam_code::text as exam_code,
    mode::text as mode,
    adaptive,
    origin::text as origin,
    case
        -- Handed in after its time is how a learner gets at the results, and ends no quiz in time.
        when sealed_at <= coalesce(expires_at, sealed_at) or origin = 'import' then 'sealed'
        when expires_at is null or expires_at > now() then 'open'
        when n_answered < {{ var('abandoned_below') }} * n_planned then 'abandoned'
        else 'expired'
    end::text as status,
    n_planned,
    n_served,
    n_answered,
    n_correct,
    n_skipped,
    n_omitted,
    case when n_planned is not null then greatest(n_planned - n_served, 0) end as n_not_reached,
    started_at,
    expires_at,
    sealed_at,
    last_activity_at,
    synthetic_at,
    case
        when not synthetic_at
            then (extract(epoch from last_activity_at - started_at) * 1000)::bigint
    end as duration_ms
from counted
