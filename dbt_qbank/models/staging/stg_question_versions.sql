-- Every version there ever was: what was answered keeps its topic after a newer version goes live.
select
    versions.question_id,
    versions.version,
    versions.topic_id,
    versions.difficulty_label,
    versions.state,
    questions.home_exam_code,
    versions.tenant_id,
    versions.created_at as version_created_at,
    versions.edit_kind,
    versions.based_on_version,
    questions.is_deleted
from {{ source('public', 'question_versions') }} as versions
inner join {{ source('public', 'questions') }} as questions
    on versions.question_id = questions.id
