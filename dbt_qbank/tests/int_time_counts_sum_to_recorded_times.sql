{{ config(meta={'dagster': {'ref': {'name': 'int_time_counts'}}}) }}

with counted as (
    select
        (select coalesce(sum(n), 0) from {{ ref('int_time_counts') }}) as n_counted,
        (select count(recorded_time_ms) from {{ ref('fact_responses') }}) as n_recorded
)

select *
from counted
where n_counted <> n_recorded
