{{ config(meta={'dagster': {'ref': {'name': 'stg_questions'}}}) }}

-- What is published is live here: nobody published a draft, or what is still under review. A question that was
-- withdrawn, or a version that was retired since, is live nowhere.
select
    publications.question_id,
    publications.exam_code,
    publications.live_version,
    versions.state
from {{ source('public', 'question_publications') }} as publications
inner join {{ source('public', 'questions') }} as questions
    on publications.question_id = questions.id
inner join {{ source('public', 'question_versions') }} as versions
    on
        publications.question_id = versions.question_id
        and publications.live_version = versions.version
left join {{ ref('stg_questions') }} as live
    on
        publications.question_id = live.question_id
        and publications.live_version = live.version
        and publications.exam_code = live.exam_code
        and publications.tenant_id = live.tenant_id
where
    live.question_id is null
    and not questions.is_deleted
    and versions.state <> 'retired'
