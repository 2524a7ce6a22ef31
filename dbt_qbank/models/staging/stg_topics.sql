select
    id as topic_id,
    tenant_id,
    parent_id,
    name,
    blueprint_code,
    path
from {{ source('public', 'topics') }}
