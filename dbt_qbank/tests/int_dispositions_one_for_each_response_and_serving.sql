{{ config(meta={'dagster': {'ref': {'name': 'int_dispositions'}}}) }}

-- Every response has one row, and every item that was served one; the sum of ids tells a row that is
-- missing from one that is there twice.
with raw_rows as (
    select
        (select count(*) from {{ source('public', 'user_responses') }}) as n_responses,
        (select coalesce(sum(id), 0) from {{ source('public', 'user_responses') }}) as sum_of_ids,
        (select count(*) from {{ source('public', 'quiz_items') }}) as n_items
),

judged as (
    select
        count(response_id) as n_responses_judged,
        coalesce(sum(response_id), 0) as sum_of_ids_judged,
        count(position) as n_items_judged
    from {{ ref('int_dispositions') }}
)

select *
from raw_rows
cross join judged
where
    n_responses <> n_responses_judged
    or sum_of_ids <> sum_of_ids_judged
    or n_items <> n_items_judged
