{{
    config(
        materialized='incremental',
        unique_key='user_id',
        indexes=[{'columns': ['user_id', 'topic_id', 'tenant_id']}],
    )
}}

-- depends_on: {{ ref('stg_user_responses') }}
-- Like topic_mastery: whoever answered since the last build is computed anew. Who moves a topic in its tree asks
-- for a full refresh (a trigger of the table topics), since that moves the answers of everybody.
with sums as (
    select
        mastery.user_id,
        above.topic_id,
        mastery.tenant_id,
        sum(mastery.n_attempts)::bigint as n_attempts,
        sum(mastery.n_correct)::bigint as n_correct,
        sum(mastery.n_timed)::bigint as n_timed,
        sum(mastery.total_time_ms)::bigint as total_time_ms,
        count(*) as n_topics
    from {{ ref('topic_mastery') }} as mastery
    inner join {{ ref('stg_topics') }} as topics
        on mastery.topic_id = topics.topic_id
    inner join {{ ref('stg_topics') }} as above
        on
            topics.tenant_id = above.tenant_id
            and (topics.path <@ above.path or topics.topic_id = above.topic_id)
    {% if is_incremental() -%}
    where mastery.user_id in ({{ touched_learners() }})
    {% endif -%}
    group by mastery.user_id, above.topic_id, mastery.tenant_id
)

select
    user_id,
    topic_id,
    n_correct::double precision / n_attempts as accuracy,
    n_attempts,
    total_time_ms::double precision / nullif(n_timed, 0) as avg_time_ms,
    tenant_id,
    n_topics,
    {{ wilson('n_correct', 'n_attempts', 'low') }} as accuracy_low,
    {{ wilson('n_correct', 'n_attempts', 'high') }} as accuracy_high
from sums
