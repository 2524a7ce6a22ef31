{{ config(meta={'dagster': {'ref': {'name': 'topic_mastery'}}}) }}

-- All responses that have a topic are counted once, learner by learner; the others are not.
with mastery as (
    select user_id, tenant_id, sum(n_attempts) as n_attempts
    from {{ ref('topic_mastery') }}
    where {{ of_new_learners('topic_mastery') }}
    group by user_id, tenant_id
),

facts as (
    select user_id, tenant_id, count(topic_id) as n_with_topic
    from {{ ref('fact_responses') }}
    where {{ of_new_learners('topic_mastery') }}
    group by user_id, tenant_id
)

select
    user_id,
    tenant_id,
    coalesce(mastery.n_attempts, 0) as n_attempts,
    coalesce(facts.n_with_topic, 0) as n_with_topic
from mastery
full join facts using (user_id, tenant_id)
where coalesce(mastery.n_attempts, 0) <> coalesce(facts.n_with_topic, 0)
