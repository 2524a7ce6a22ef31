{{ config(meta={'dagster': {'ref': {'name': 'item_health'}}}) }}

with counted as (
    select
        (select coalesce(sum(n_attempts), 0) from {{ ref('item_health') }}) as n_attempts,
        (select coalesce(sum(n_first_attempts), 0) from {{ ref('item_health') }}) as n_first_attempts,
        (select count(*) from {{ ref('fact_responses') }}) as n_facts,
        (select count(*) from {{ ref('int_first_attempts') }}) as n_first
)

select *
from counted
where n_attempts <> n_facts or n_first_attempts <> n_first
