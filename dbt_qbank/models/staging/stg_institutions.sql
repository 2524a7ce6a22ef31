select
    id as institution_id,
    tenant_id,
    name as institution_name,
    is_invented
from {{ source('public', 'institutions') }}
