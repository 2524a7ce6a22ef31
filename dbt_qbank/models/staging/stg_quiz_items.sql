select
    quiz_id,
    question_id,
    version,
    position,
    tenant_id,
    served_at,
    skipped_at,
    change_xid
from {{ source('public', 'quiz_items') }}
