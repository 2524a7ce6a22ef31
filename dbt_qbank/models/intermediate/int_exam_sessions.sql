{{
    config(
        materialized='incremental',
        unique_key='quiz_id',
        indexes=[{'columns': ['quiz_id']}, {'columns': ['exam_code', 'last_day']}],
    )
}}

-- A quiz may mix exams: it is a session of every exam of which it served an item. What was answered was
-- served, also where nobody wrote that down. Touched quizzes are read again whole.
with
{% if is_incremental() -%}
touched as materialized (
    select quiz_id from {{ ref('stg_user_responses') }} where change_xid >= {{ watermark() }}
    union
    select quiz_id from {{ ref('stg_quiz_items') }} where change_xid >= {{ watermark() }}
),

{% endif -%}
served as (
    select
        quiz_id,
        question_id,
        version,
        tenant_id,
        served_at
    from {{ ref('stg_quiz_items') }}
    {% if is_incremental() -%}
    where quiz_id in (select quiz_id from touched)
    {% endif -%}
    union all
    select
        responses.quiz_id,
        responses.question_id,
        responses.version,
        responses.tenant_id,
        responses.ts as served_at
    from {{ ref('stg_user_responses') }} as responses
    where
        not exists (
            select 1
            from {{ ref('stg_quiz_items') }} as items
            where
                items.quiz_id = responses.quiz_id
                and items.question_id = responses.question_id
        )
        {% if is_incremental() -%}
        and responses.quiz_id in (select quiz_id from touched)
        {%- endif %}
)

select
    served.quiz_id,
    versions.home_exam_code::text as exam_code,
    served.tenant_id,
    min((served.served_at at time zone 'UTC')::date) as first_day,
    max((served.served_at at time zone 'UTC')::date) as last_day
from served
inner join {{ ref('stg_question_versions') }} as versions
    on
        served.question_id = versions.question_id
        and served.version = versions.version
group by served.quiz_id, versions.home_exam_code, served.tenant_id
