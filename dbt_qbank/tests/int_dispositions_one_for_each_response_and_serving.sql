{{ config(meta={'dagster': {'ref': {'name': 'int_dispositions'}}}) }}

-- Every response has its row, and every item that was served one; the key sees to it that nobody has two. And
-- no row speaks of a response that there is not.
select
    responses.quiz_id,
    responses.question_id,
    'response without a row' as fault
from {{ source('public', 'user_responses') }} as responses
left join {{ ref('int_dispositions') }} as judged
    on
        responses.quiz_id = judged.quiz_id
        and responses.question_id = judged.question_id
where {{ first_read_by('int_dispositions') }} and judged.response_id is distinct from responses.id
union all
select
    items.quiz_id,
    items.question_id,
    'served item without a row' as fault
from {{ source('public', 'quiz_items') }} as items
where
    {{ first_read_by('int_dispositions') }}
    and not exists (
        select 1
        from {{ ref('int_dispositions') }} as judged
        where
            judged.quiz_id = items.quiz_id
            and judged.question_id = items.question_id
            and judged.position is not null
    )
union all
select
    judged.quiz_id,
    judged.question_id,
    'row without a response' as fault
from {{ ref('int_dispositions') }} as judged
where
    judged.response_id is not null
    and {{ of_new_learners('int_dispositions', 'judged.user_id') }}
    and not exists (
        select 1 from {{ source('public', 'user_responses') }} as responses where responses.id = judged.response_id
    )
