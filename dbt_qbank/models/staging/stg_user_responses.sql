select
    user_id,
    question_id,
    version,
    is_correct,
    time_taken_ms,
    created_at as ts,
    quiz_id,
    id as response_id,
    tenant_id,
    option_label,
    origin,
    synthetic_at,
    synthetic_time,
    case when not synthetic_time then time_taken_ms end as recorded_time_ms,
    change_xid
from {{ source('public', 'user_responses') }}
