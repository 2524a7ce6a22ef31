select
    user_id,
    exam_code,
    window_start,
    mode,
    tenant_id,
    theta,
    se,
    n_responses,
    run_id
from {{ source('public', 'person_ability_windows') }}
