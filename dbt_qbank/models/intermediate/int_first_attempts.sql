{{ config(materialized='view') }}

-- What a fit reads: each learner's first answer to each question, with what int_dispositions made of it.
select
    user_id,
    question_id,
    version,
    exam_code,
    tenant_id,
    quiz_id,
    option_label,
    is_correct,
    time_taken_ms,
    synthetic_time,
    ts,
    disposition,
    reason,
    response_id,
    recorded_time_ms,
    mode,
    position,
    person_id,
    window_start
from {{ ref('int_dispositions') }}
where attempt = 1
