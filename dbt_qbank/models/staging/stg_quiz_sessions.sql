select
    id as quiz_id,
    user_id,
    tenant_id,
    mode,
    adaptive,
    exam_code,
    origin,
    started_at,
    sealed_at
from {{ source('public', 'quiz_sessions') }}
