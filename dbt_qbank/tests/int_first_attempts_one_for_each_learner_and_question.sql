{{ config(meta={'dagster': {'ref': {'name': 'int_first_attempts'}}}) }}

-- Every learner and question that met has exactly one first attempt, and nobody else has one.
with met as (
    select user_id, question_id, 1 as n_expected
    from {{ source('public', 'user_responses') }}
    group by user_id, question_id
),

counted as (
    select user_id, question_id, count(*) as n_rows
    from {{ ref('int_first_attempts') }}
    group by user_id, question_id
)

select
    user_id,
    question_id,
    coalesce(met.n_expected, 0) as n_expected,
    coalesce(counted.n_rows, 0) as n_rows
from met
full join counted using (user_id, question_id)
where coalesce(met.n_expected, 0) <> coalesce(counted.n_rows, 0)
