select
    user_id,
    exam_code,
    tenant_id,
    theta,
    se,
    n_responses,
    run_id,
    estimated_at
from {{ source('public', 'person_ability') }}
