select
    weeks.question_id,
    weeks.version,
    weeks.week,
    weeks.n,
    weeks.observed,
    weeks.expected,
    weeks.observed - weeks.expected as difference,
    weeks.se,
    weeks.z,
    weeks.drifted as is_drifted,
    versions.home_exam_code::text as exam_code,
    weeks.tenant_id,
    weeks.run_id
from {{ ref('stg_item_drift_weeks') }} as weeks
inner join {{ ref('stg_question_versions') }} as versions
    on
        weeks.question_id = versions.question_id
        and weeks.version = versions.version
