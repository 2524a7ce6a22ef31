-- What the live calibration of the home exam says of every version there is. Age counts to the exam's last
-- answer, not to today: the same data give the same row, and what nobody answers does not grow old.
with last_answers as (
    select
        exam_code,
        max(day) as last_day
    from {{ ref('int_item_days') }}
    where n_answered > 0
    group by exam_code
),

fitted as (
    select
        question_id,
        version,
        max(fitted_at) as fitted_at
    from {{ ref('stg_item_calibration') }}
    group by question_id, version
),

set_aside as (
    select
        question_id,
        version,
        string_agg(distinct reason, '; ' order by reason) as reason
    from {{ ref('stg_items_set_aside') }}
    group by question_id, version
),

open_flags as (
    select
        question_id,
        version,
        string_agg(distinct flag, ', ' order by flag) as flags
    from {{ ref('stg_item_flags') }}
    where resolved_at is null and state <> 'dismissed'
    group by question_id, version
),

joined as (
    select
        versions.question_id,
        versions.version,
        versions.home_exam_code,
        versions.tenant_id,
        serving.model,
        serving.a,
        serving.b,
        serving.c,
        serving.n_respondents,
        fitted.fitted_at,
        set_aside.reason,
        open_flags.flags,
        greatest(0, last_answers.last_day - (fitted.fitted_at at time zone 'UTC')::date) as age_days
    from {{ ref('stg_question_versions') }} as versions
    left join {{ ref('stg_item_calibration') }} as serving
        on
            versions.question_id = serving.question_id
            and versions.version = serving.version
            and serving.serving
    left join fitted
        on
            versions.question_id = fitted.question_id
            and versions.version = fitted.version
    left join set_aside
        on
            versions.question_id = set_aside.question_id
            and versions.version = set_aside.version
    left join open_flags
        on
            versions.question_id = open_flags.question_id
            and versions.version = open_flags.version
    left join last_answers
        on versions.home_exam_code = last_answers.exam_code
)

select
    question_id,
    version,
    home_exam_code::text as exam_code,
    model::text as model,
    a,
    b,
    c,
    n_respondents,
    case
        when model is not null and age_days >= {{ var('calibration_stale_days') }} then 'stale'
        when model is not null then 'calibrated'
        when fitted_at is not null then 'not serving'
        when reason is not null then 'set aside'
        else 'never calibrated'
    end::text as calibration_status,
    case
        when model is not null then null
        when fitted_at is not null then 'fitted, but no parameters may serve'
        else reason
    end::text as calibration_reason,
    case when fitted_at is not null then age_days end as calibration_age_days,
    flags,
    tenant_id
from joined
