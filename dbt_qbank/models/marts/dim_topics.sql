-- The topic trees, with what lies below each node. A topic outside any tree has itself alone below it.
with below as (
    select
        upper_topics.topic_id,
        count(distinct questions.question_id) filter (where questions.is_newest) as n_questions,
        count(distinct questions.question_id) filter (where questions.is_live) as n_live_questions
    from {{ ref('stg_topics') }} as upper_topics
    inner join {{ ref('stg_topics') }} as lower_topics
        on
            upper_topics.topic_id = lower_topics.topic_id
            or (upper_topics.tenant_id = lower_topics.tenant_id and upper_topics.path @> lower_topics.path)
    left join {{ ref('dim_questions') }} as questions
        on lower_topics.topic_id = questions.topic_id and not questions.is_deleted
    group by upper_topics.topic_id
),

above as (
    select
        lower_topics.topic_id,
        string_agg(upper_topics.name, ' > ' order by nlevel(upper_topics.path)) as names,
        (array_agg(upper_topics.topic_id order by nlevel(upper_topics.path)))[1] as root_id
    from {{ ref('stg_topics') }} as lower_topics
    inner join {{ ref('stg_topics') }} as upper_topics
        on
            upper_topics.topic_id = lower_topics.topic_id
            or (upper_topics.tenant_id = lower_topics.tenant_id and upper_topics.path @> lower_topics.path)
    group by lower_topics.topic_id
)

select
    topics.topic_id,
    topics.tenant_id,
    topics.name::text as name,
    topics.parent_id,
    above.root_id,
    topics.path::text as path,
    nlevel(topics.path) as depth,
    above.names,
    topics.blueprint_code::text as blueprint_code,
    below.n_questions,
    below.n_live_questions
from {{ ref('stg_topics') }} as topics
inner join below on topics.topic_id = below.topic_id
inner join above on topics.topic_id = above.topic_id
