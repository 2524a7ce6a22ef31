select
    question_id,
    version,
    tenant_id,
    flag,
    state,
    raised_at,
    resolved_at
from {{ source('public', 'item_flags') }}
