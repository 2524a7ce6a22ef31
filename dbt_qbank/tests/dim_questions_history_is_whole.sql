{{ config(meta={'dagster': {'ref': {'name': 'dim_questions'}}}) }}

-- Each question has one newest version, and no version ends before it began.
select question_id
from {{ ref('dim_questions') }}
group by question_id
having count(*) filter (where is_newest) <> 1 or bool_or(valid_to < valid_from)
