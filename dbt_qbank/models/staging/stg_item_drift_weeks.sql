select
    question_id,
    version,
    week,
    tenant_id,
    n,
    observed,
    expected,
    se,
    z,
    drifted,
    run_id
from {{ source('public', 'item_drift_weeks') }}
