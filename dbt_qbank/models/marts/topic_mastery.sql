{{
    config(
        materialized='incremental',
        unique_key='user_id',
        indexes=[{'columns': ['user_id', 'topic_id', 'tenant_id']}],
    )
}}

-- depends_on: {{ ref('stg_user_responses') }}
-- Whoever answered anything since the last build is computed anew, and nobody else: every figure of a learner
-- depends on that learner's responses alone.
with answers as (
    select
        user_id,
        tenant_id,
        topic_id,
        count(*) as n_attempts,
        count(*) filter (where is_correct) as n_correct,
        count(recorded_time_ms) as n_timed,
        coalesce(sum(recorded_time_ms), 0)::bigint as total_time_ms
    from {{ ref('fact_responses') }}
    {% if is_incremental() -%}
    where user_id in ({{ touched_learners() }})
    {% endif -%}
    group by user_id, tenant_id, topic_id
),

-- Towards one half, so that nobody is all right or all wrong; answers without a topic count here too.
learners as (
    select
        user_id,
        tenant_id,
        (sum(n_correct) + 0.5 * {{ var('mastery_prior_answers') }})::double precision
        / (sum(n_attempts) + {{ var('mastery_prior_answers') }})::double precision as mastery
    from answers
    group by user_id, tenant_id
)

-- Answers to versions without a topic tell nothing of any topic.
select
    answers.user_id,
    answers.topic_id,
    answers.n_correct::double precision / answers.n_attempts as accuracy,
    answers.n_attempts,
    answers.total_time_ms::double precision / nullif(answers.n_timed, 0) as avg_time_ms,
    answers.tenant_id,
    answers.n_correct,
    answers.n_timed,
    answers.total_time_ms,
    {{ wilson('answers.n_correct', 'answers.n_attempts', 'low') }} as accuracy_low,
    {{ wilson('answers.n_correct', 'answers.n_attempts', 'high') }} as accuracy_high,
    (answers.n_correct + {{ var('mastery_prior_answers') }} * learners.mastery)
    / (answers.n_attempts + {{ var('mastery_prior_answers') }}) as mastery
from answers
inner join learners
    on
        answers.user_id = learners.user_id
        and answers.tenant_id = learners.tenant_id
where answers.topic_id is not null
