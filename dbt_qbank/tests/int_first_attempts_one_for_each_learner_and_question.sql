{{ config(meta={'dagster': {'ref': {'name': 'int_first_attempts'}}}) }}

-- Every learner and question that met has a first attempt; that nobody has two, a unique index sees to.
select
    user_id,
    question_id
from {{ source('public', 'user_responses') }} as responses
where
    {{ first_read_by('int_dispositions') }}
    and not exists (
        select 1
        from {{ ref('int_first_attempts') }} as attempts
        where
            attempts.user_id = responses.user_id
            and attempts.question_id = responses.question_id
    )
