-- The history of every question, version by version, without any text.
with live as (
    select
        question_id,
        version,
        count(*) as n_publications
    from {{ ref('stg_questions') }}
    group by question_id, version
)

select
    versions.question_id,
    versions.version,
    versions.tenant_id,
    versions.home_exam_code::text as exam_code,
    versions.topic_id,
    versions.difficulty_label::text as difficulty_label,
    versions.state::text as state,
    versions.edit_kind::text as edit_kind,
    versions.based_on_version,
    versions.version_created_at as valid_from,
    lead(versions.version_created_at)
        over (partition by versions.question_id order by versions.version) as valid_to,
    row_number() over (partition by versions.question_id order by versions.version desc) = 1 as is_newest,
    coalesce(live.n_publications, 0) > 0 as is_live,
    coalesce(live.n_publications, 0) as n_publications,
    versions.is_deleted
from {{ ref('stg_question_versions') }} as versions
left join live
    on
        versions.question_id = live.question_id
        and versions.version = live.version
