{{ config(meta={'dagster': {'ref': {'name': 'fact_quiz_sessions'}}}) }}

-- Every quiz is one row; what they served and had answered is every serving and every response.
with raw_rows as (
    select
        (select count(*) from {{ source('public', 'quiz_sessions') }}) as n_quizzes,
        (select count(*) from {{ source('public', 'user_responses') }}) as n_responses,
        (select count(*) from {{ ref('int_dispositions') }}) as n_judged
),

counted as (
    select
        count(*) as n_rows,
        coalesce(sum(n_answered), 0) as n_answered,
        coalesce(sum(n_served), 0) as n_served
    from {{ ref('fact_quiz_sessions') }}
)

select *
from raw_rows
cross join counted
where n_quizzes <> n_rows or n_responses <> n_answered or n_judged <> n_served
