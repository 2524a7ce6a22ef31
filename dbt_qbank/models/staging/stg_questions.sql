-- One row for each publication: a question published for two exams stands here twice, so facts must
-- take what they need of a version from stg_question_versions.
select
    versions.question_id,
    versions.version,
    versions.topic_id,
    versions.difficulty_label,
    versions.tags,
    publications.exam_code,
    publications.tenant_id,
    versions.created_at as version_created_at,
    questions.home_exam_code,
    publications.published_at
from {{ source('public', 'question_publications') }} as publications
inner join {{ source('public', 'questions') }} as questions
    on publications.question_id = questions.id
inner join {{ source('public', 'question_versions') }} as versions
    on
        publications.question_id = versions.question_id
        and publications.live_version = versions.version
where
    versions.state = 'published'
    and not questions.is_deleted
