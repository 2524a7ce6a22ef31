select
    question_id,
    version,
    tenant_id,
    p_value,
    r_point_biserial,
    median_time_ms,
    n_responses,
    run_id,
    updated_at
from {{ source('public', 'item_stats_ctt') }}
