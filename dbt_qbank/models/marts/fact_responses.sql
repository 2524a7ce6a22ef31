{{
    config(
        materialized='incremental',
        unique_key='response_id',
        indexes=[
            {'columns': ['user_id', 'question_id']},
            {'columns': ['question_id', 'version', 'recorded_time_ms']},
        ],
    )
}}

-- One row for each response. What is said of the item comes from the version that was answered, never
-- from publications: those know live versions only, and a question published for two exams twice.
select
    responses.user_id,
    responses.quiz_id,
    responses.question_id,
    responses.version,
    versions.topic_id,
    coalesce(sessions.exam_code, versions.home_exam_code)::text as exam_code,
    responses.tenant_id,
    responses.is_correct,
    responses.time_taken_ms,
    responses.ts,
    responses.response_id,
    responses.option_label::text as option_label,
    responses.origin::text as origin,
    responses.synthetic_at,
    responses.synthetic_time,
    responses.recorded_time_ms,
    sessions.mode::text as mode,
    items.position
from {{ ref('stg_user_responses') }} as responses
left join {{ ref('stg_question_versions') }} as versions
    on
        responses.question_id = versions.question_id
        and responses.version = versions.version
left join {{ ref('stg_quiz_sessions') }} as sessions
    on responses.quiz_id = sessions.quiz_id
left join {{ ref('stg_quiz_items') }} as items
    on
        responses.quiz_id = items.quiz_id
        and responses.question_id = items.question_id
{% if is_incremental() -%}
where responses.response_id in (
    select response_id from {{ ref('stg_user_responses') }} where change_xid >= {{ watermark() }}
    union
    select late.response_id
    from {{ ref('stg_quiz_items') }} as changed
    inner join {{ ref('stg_user_responses') }} as late
        on
            changed.quiz_id = late.quiz_id
            and changed.question_id = late.question_id
    where changed.change_xid >= {{ watermark() }}
)
{%- endif %}
