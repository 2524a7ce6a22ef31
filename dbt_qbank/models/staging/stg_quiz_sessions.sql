select
    id as quiz_id,
    user_id,
    tenant_id,
    mode,
    adaptive,
    exam_code,
    origin,
    started_at,
    sealed_at,
    expires_at,
    coalesce(num_questions, cardinality(planned_question_ids)) as n_planned,
    change_xid
from {{ source('public', 'quiz_sessions') }}
