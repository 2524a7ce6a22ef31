select
    id as cohort_id,
    tenant_id,
    institution_id,
    name as cohort_name,
    is_invented
from {{ source('public', 'cohorts') }}
