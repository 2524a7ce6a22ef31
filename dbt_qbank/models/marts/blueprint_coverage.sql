-- Published items beside what the blueprint asks for. An item counts in every quota that it fits; what fits
-- none has rows of its own, by its topic and difficulty, so that no item of an exam is missing here.
with published as (
    select
        questions.exam_code,
        questions.tenant_id,
        questions.question_id,
        questions.topic_id,
        questions.difficulty_label,
        topics.path,
        standing.calibration_status,
        standing.flags is not null as is_flagged
    from {{ ref('stg_questions') }} as questions
    inner join {{ ref('int_item_standing') }} as standing
        on
            questions.question_id = standing.question_id
            and questions.version = standing.version
    left join {{ ref('stg_topics') }} as topics
        on questions.topic_id = topics.topic_id
),

quotas as (
    select
        quotas.*,
        topics.path,
        row_number() over () as place
    from {{ ref('stg_blueprint_quotas') }} as quotas
    left join {{ ref('stg_topics') }} as topics
        on quotas.topic_id = topics.topic_id
),

fits as (
    select
        quotas.place,
        published.*
    from quotas
    inner join published
        on
            quotas.exam_code = published.exam_code
            and quotas.tenant_id = published.tenant_id
            and (quotas.difficulty_label is null or quotas.difficulty_label = published.difficulty_label)
            and (
                quotas.topic_id is null
                or quotas.topic_id = published.topic_id
                or published.path <@ quotas.path
            )
),

cells as (
    select
        quotas.exam_code,
        quotas.topic_id,
        quotas.difficulty_label,
        quotas.tenant_id,
        quotas.quota,
        fits.question_id,
        fits.calibration_status,
        fits.is_flagged
    from quotas
    left join fits
        on quotas.place = fits.place
    union all
    select
        exam_code,
        topic_id,
        difficulty_label,
        tenant_id,
        null as quota,
        question_id,
        calibration_status,
        is_flagged
    from published
    where
        not exists (
            select 1
            from fits
            where
                fits.exam_code = published.exam_code
                and fits.tenant_id = published.tenant_id
                and fits.question_id = published.question_id
        )
)

select
    exam_code::text as exam_code,
    topic_id,
    difficulty_label::text as difficulty_label,
    tenant_id,
    quota is not null as is_asked,
    quota,
    count(question_id) as n_published,
    count(*) filter (where calibration_status = 'calibrated') as n_calibrated,
    count(*) filter (where calibration_status = 'stale') as n_stale,
    count(*) filter (where calibration_status = 'not serving') as n_not_serving,
    count(*) filter (where calibration_status = 'set aside') as n_set_aside,
    count(*) filter (where calibration_status = 'never calibrated') as n_never_calibrated,
    count(*) filter (where is_flagged) as n_flagged,
    case when quota is not null then greatest(0, quota - count(question_id)) end as gap,
    case
        when quota is not null
            then greatest(0, quota - count(*) filter (where calibration_status = 'calibrated'))
    end as gap_calibrated,
    case when quota is not null then least(quota, count(question_id)) end as n_filled
from cells
group by exam_code, topic_id, difficulty_label, tenant_id, quota
