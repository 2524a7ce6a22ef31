{{ config(meta={'dagster': {'ref': {'name': 'dim_users'}}}) }}

-- Every learner who answered is there, and nobody's answers count twice.
with counted as (
    select
        (select coalesce(sum(n_answered), 0) from {{ ref('dim_users') }}) as n_answered,
        (select count(*) from {{ ref('fact_responses') }}) as n_facts
)

select *
from counted
where n_answered <> n_facts
