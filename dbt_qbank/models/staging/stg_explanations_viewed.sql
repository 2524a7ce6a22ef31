select
    event_id,
    tenant_id,
    user_id,
    quiz_id,
    question_id,
    version,
    occurred_at as viewed_at,
    change_xid
from {{ source('telemetry', 'events') }}
where event_type = 'explanation_viewed'
