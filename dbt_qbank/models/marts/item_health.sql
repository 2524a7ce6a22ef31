with attempts as (
    select
        question_id,
        version,
        count(*) as n_attempts,
        avg(is_correct::int)::double precision as p_value,
        round(percentile_cont(0.5) within group (order by recorded_time_ms))::integer as median_time_ms
    from {{ ref('fact_responses') }}
    group by question_id, version
),

first_attempts as (
    select
        question_id,
        version,
        count(*) as n_first_attempts,
        count(*) filter (where disposition = 'usable') as n_usable
    from {{ ref('int_first_attempts') }}
    group by question_id, version
)

select
    attempts.question_id,
    attempts.version,
    attempts.n_attempts,
    attempts.p_value,
    attempts.median_time_ms,
    versions.home_exam_code::text as exam_code,
    versions.tenant_id,
    coalesce(first_attempts.n_first_attempts, 0) as n_first_attempts,
    coalesce(first_attempts.n_usable, 0) as n_usable,
    item_stats.r_point_biserial,
    calibration.model::text as model,
    calibration.a,
    calibration.b,
    calibration.c
from attempts
left join {{ ref('stg_question_versions') }} as versions
    on
        attempts.question_id = versions.question_id
        and attempts.version = versions.version
left join first_attempts
    on
        attempts.question_id = first_attempts.question_id
        and attempts.version = first_attempts.version
left join {{ ref('stg_item_stats') }} as item_stats
    on
        attempts.question_id = item_stats.question_id
        and attempts.version = item_stats.version
left join {{ ref('stg_item_calibration') }} as calibration
    on
        attempts.question_id = calibration.question_id
        and attempts.version = calibration.version
        and calibration.serving
