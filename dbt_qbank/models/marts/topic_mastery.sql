-- Responses to versions without a topic tell nothing of any topic and are left out.
select
    user_id,
    topic_id,
    avg(is_correct::int)::double precision as accuracy,
    count(*) as n_attempts,
    avg(recorded_time_ms)::double precision as avg_time_ms,
    tenant_id
from {{ ref('fact_responses') }}
where topic_id is not null
group by user_id, topic_id, tenant_id
