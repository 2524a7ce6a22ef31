{{ config(meta={'dagster': {'ref': {'name': 'fact_responses'}}}) }}

-- Every response has its fact, and every fact its response; the key sees to it that there are no two.
select
    responses.id as response_id,
    'response without a fact' as fault
from {{ source('public', 'user_responses') }} as responses
where
    {{ first_read_by('fact_responses') }}
    and not exists (
        select 1 from {{ ref('fact_responses') }} as facts where facts.response_id = responses.id
    )
union all
select
    facts.response_id,
    'fact without a response' as fault
from {{ ref('fact_responses') }} as facts
where
    {{ of_new_learners('fact_responses', 'facts.user_id') }}
    and not exists (
        select 1 from {{ source('public', 'user_responses') }} as responses where responses.id = facts.response_id
    )
