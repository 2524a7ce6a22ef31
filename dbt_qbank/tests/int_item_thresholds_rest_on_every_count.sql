{{ config(meta={'dagster': {'ref': {'name': 'int_item_thresholds'}}}) }}

with counted as (
    select
        (select coalesce(sum(n_timed), 0) from {{ ref('int_item_thresholds') }}) as n_timed,
        (select coalesce(sum(n), 0) from {{ ref('int_time_counts') }}) as n_counted
)

select *
from counted
where n_timed <> n_counted
