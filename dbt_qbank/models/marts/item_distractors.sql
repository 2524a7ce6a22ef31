select
    options.question_id,
    options.version,
    options.option_label::text as option_label,
    options.is_key,
    options.n,
    options.proportion,
    options.rest_correlation,
    options.proportion_low,
    options.proportion_middle,
    options.proportion_high,
    exists(
        select 1
        from {{ ref('stg_item_flags') }} as flags
        where
            flags.question_id = options.question_id
            and flags.version = options.version
            and flags.flag = 'miskeyed'
            and flags.resolved_at is null
            and flags.state <> 'dismissed'
    ) as is_miskeyed_suspect,
    versions.home_exam_code::text as exam_code,
    options.tenant_id,
    options.run_id
from {{ ref('stg_item_option_stats') }} as options
inner join {{ ref('stg_question_versions') }} as versions
    on
        options.question_id = versions.question_id
        and options.version = versions.version
