{{ config(meta={'dagster': {'ref': {'name': 'user_ability'}}}) }}

-- Every published ability is shown, of whatever learner, and no other.
with counted as (
    select
        (select count(*) from {{ ref('user_ability') }}) as n_shown,
        (select count(*) from {{ ref('stg_person_ability') }}) as n_published
)

select n_shown, n_published
from counted
where n_shown <> n_published
