{{ config(meta={'dagster': {'ref': {'name': 'topic_mastery_rollup'}}}) }}

-- Nothing is lost on the way up: each topic answered has at least its own answers, with the topic itself.
select
    mastery.user_id,
    mastery.topic_id,
    mastery.n_attempts,
    rollup.n_attempts as n_attempts_rolled_up
from {{ ref('topic_mastery') }} as mastery
left join {{ ref('topic_mastery_rollup') }} as rollup
    on
        mastery.user_id = rollup.user_id
        and mastery.topic_id = rollup.topic_id
        and mastery.tenant_id = rollup.tenant_id
where
    {{ of_new_learners('topic_mastery', 'mastery.user_id') }}
    and (rollup.n_attempts is null or rollup.n_attempts < mastery.n_attempts)
