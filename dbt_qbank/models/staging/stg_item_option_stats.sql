select
    question_id,
    version,
    option_label,
    tenant_id,
    is_key,
    n,
    proportion,
    rest_correlation,
    proportion_low,
    proportion_middle,
    proportion_high,
    run_id
from {{ source('public', 'item_option_stats') }}
