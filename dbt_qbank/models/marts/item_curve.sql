select
    points.question_id,
    points.version,
    points.model::text as model,
    points.band,
    points.theta,
    points.n,
    points.observed,
    points.expected,
    points.se,
    points.residual,
    calibration.serving is true as is_serving,
    versions.home_exam_code::text as exam_code,
    points.tenant_id,
    points.run_id
from {{ ref('stg_item_curve_points') }} as points
inner join {{ ref('stg_question_versions') }} as versions
    on
        points.question_id = versions.question_id
        and points.version = versions.version
left join {{ ref('stg_item_calibration') }} as calibration
    on
        points.question_id = calibration.question_id
        and points.version = calibration.version
        and points.model = calibration.model
