select
    question_id,
    version,
    model,
    band,
    tenant_id,
    theta,
    n,
    observed,
    expected,
    se,
    residual,
    run_id
from {{ source('public', 'item_curve_points') }}
