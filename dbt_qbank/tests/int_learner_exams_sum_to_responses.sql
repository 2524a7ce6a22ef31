{{ config(meta={'dagster': {'ref': {'name': 'int_learner_exams'}}}) }}

with counted as (
    select
        (select coalesce(sum(n_attempts), 0) from {{ ref('int_learner_exams') }}) as n_attempts,
        (select count(*) from {{ ref('fact_responses') }}) as n_facts
)

select n_attempts, n_facts
from counted
where n_attempts <> n_facts
