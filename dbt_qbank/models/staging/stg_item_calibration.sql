select
    question_id,
    version,
    model,
    a,
    b,
    c,
    se_a,
    se_b,
    se_c,
    n_respondents,
    fitted_at,
    tenant_id,
    run_id,
    status,
    reason,
    serving
from {{ source('public', 'item_calibration') }}
