{{ config(meta={'dagster': {'ref': {'name': 'dim_topics'}}}) }}

-- A topic holds at least the questions of each topic right below it.
select upper_topics.topic_id
from {{ ref('dim_topics') }} as upper_topics
inner join {{ ref('dim_topics') }} as lower_topics
    on
        upper_topics.tenant_id = lower_topics.tenant_id
        and lower_topics.path like upper_topics.path || '.%'
where upper_topics.n_questions < lower_topics.n_questions
