select
    exam_code,
    topic_id,
    difficulty_label,
    quota,
    tenant_id
from {{ source('public', 'blueprint_quotas') }}
