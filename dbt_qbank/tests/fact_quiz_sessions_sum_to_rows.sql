{{ config(meta={'dagster': {'ref': {'name': 'fact_quiz_sessions'}}}) }}

-- Every quiz is one row; what it served and had answered is its servings and its responses, one by one.
{% set built = ['fact_quiz_sessions', 'int_dispositions'] -%}
with judged as (
    select
        quiz_id,
        count(*) as n_judged,
        count(response_id) as n_responses
    from {{ ref('int_dispositions') }}
    where {{ of_new_learners(built) }}
    group by quiz_id
),

counted as (
    select
        quiz_id,
        n_served,
        n_answered
    from {{ ref('fact_quiz_sessions') }}
    where {{ of_new_learners(built) }}
),

-- What came between the two builds is in the later one alone.
unsettled as (
    select quiz_id from {{ source('public', 'user_responses') }} where {{ not_yet_read_by(built) }}
    union
    select quiz_id from {{ source('public', 'quiz_items') }} where {{ not_yet_read_by(built) }}
)

select
    quiz_id,
    counted.n_served,
    judged.n_judged,
    counted.n_answered,
    judged.n_responses
from counted
full join judged using (quiz_id)
where
    (coalesce(counted.n_served, 0), coalesce(counted.n_answered, 0))
    <> (coalesce(judged.n_judged, 0), coalesce(judged.n_responses, 0))
    and quiz_id not in (select quiz_id from unsettled)
union all
select
    sessions.id as quiz_id,
    null as n_served,
    null as n_judged,
    null as n_answered,
    null as n_responses
from {{ source('public', 'quiz_sessions') }} as sessions
where
    {{ first_read_by('fact_quiz_sessions') }}
    and not exists (
        select 1 from {{ ref('fact_quiz_sessions') }} as quizzes where quizzes.quiz_id = sessions.id
    )
