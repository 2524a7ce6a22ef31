select
    cohort_id,
    user_id,
    tenant_id
from {{ source('public', 'cohort_members') }}
