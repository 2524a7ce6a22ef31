-- external_ref stays behind: nothing downstream may tell who a learner is.
select
    id as user_id,
    tenant_id,
    is_flagged,
    change_xid
from {{ source('public', 'app_users') }}
