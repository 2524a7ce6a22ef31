select
    question_id,
    version,
    tenant_id,
    flag,
    raised_at,
    resolved_at
from {{ source('public', 'item_flags') }}
