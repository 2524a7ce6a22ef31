{{ config(meta={'dagster': {'ref': {'name': 'fact_responses'}}}) }}

-- As many facts as responses, counted in the operational table itself.
with counted as (
    select
        (select count(*) from {{ source('public', 'user_responses') }}) as n_responses,
        (select count(*) from {{ ref('fact_responses') }}) as n_facts
)

select n_responses, n_facts
from counted
where n_responses <> n_facts
