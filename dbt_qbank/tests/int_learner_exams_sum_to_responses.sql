{{ config(meta={'dagster': {'ref': {'name': 'int_learner_exams'}}}) }}

with exams as (
    select
        user_id,
        sum(n_attempts) as n_attempts
    from {{ ref('int_learner_exams') }}
    where {{ of_new_learners('int_learner_exams') }}
    group by user_id
),

facts as (
    select
        user_id,
        count(*) as n_facts
    from {{ ref('fact_responses') }}
    where {{ of_new_learners('int_learner_exams') }}
    group by user_id
)

select
    user_id,
    exams.n_attempts,
    facts.n_facts
from exams
full join facts using (user_id)
where coalesce(exams.n_attempts, 0) <> coalesce(facts.n_facts, 0)
