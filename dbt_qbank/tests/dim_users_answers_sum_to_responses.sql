{{ config(meta={'dagster': {'ref': {'name': 'dim_users'}}}) }}

-- Every learner who answered is there with all of their answers, and nobody's count twice.
with answered as (
    select
        user_id,
        count(*) as n_facts
    from {{ ref('fact_responses') }}
    where {{ of_new_learners(['dim_users', 'fact_responses']) }}
    group by user_id
),

counted as (
    select
        user_id,
        n_answered
    from {{ ref('dim_users') }}
    where {{ of_new_learners(['dim_users', 'fact_responses']) }}
)

select
    user_id,
    counted.n_answered,
    answered.n_facts
from counted
full join answered using (user_id)
where
    coalesce(counted.n_answered, 0) <> coalesce(answered.n_facts, 0)
    -- Whoever answers between two builds is in the later one alone.
    and user_id not in (
        select responses.user_id
        from {{ source('public', 'user_responses') }} as responses
        where {{ not_yet_read_by(['dim_users', 'fact_responses', 'fact_quiz_sessions']) }}
    )
