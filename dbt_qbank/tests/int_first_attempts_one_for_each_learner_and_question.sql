{{ config(meta={'dagster': {'ref': {'name': 'int_first_attempts'}}}) }}

-- Every learner and question that met has a first attempt, and nobody else has one. Sums tell apart what
-- counts cannot; that nobody has two says the test of the key.
with met as (
    select
        count(*) as n_met,
        coalesce(sum(question_id), 0) as questions_met,
        coalesce(sum(hashtext(user_id::text)::bigint), 0) as learners_met
    from (select distinct user_id, question_id from {{ source('public', 'user_responses') }}) as pairs
),

attempted as (
    select
        count(*) as n_attempted,
        coalesce(sum(question_id), 0) as questions_attempted,
        coalesce(sum(hashtext(user_id::text)::bigint), 0) as learners_attempted
    from {{ ref('int_first_attempts') }}
)

select *
from met
cross join attempted
where
    n_met <> n_attempted
    or questions_met <> questions_attempted
    or learners_met <> learners_attempted
