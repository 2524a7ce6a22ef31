-- Practice that explains each answer and practice that does not are not one scale of growth: the trend
-- stays within the mode of the newest window (the exam's where both have it).
with windows as (
    select
        *,
        first_value(mode) over newest as newest_mode
    from {{ ref('stg_person_ability_windows') }}
    window newest as (partition by user_id, exam_code order by window_start desc, mode)
),

within_mode as (
    select
        *,
        row_number() over (partition by user_id, exam_code order by window_start desc) as place
    from windows
    where mode = newest_mode
),

latest as (
    select
        user_id,
        exam_code,
        max(mode) as trend_mode,
        min(window_start) as first_window,
        max(window_start) as last_window,
        count(*) as n_windows,
        sum(case place when 1 then theta when 2 then -theta end) as difference,
        sqrt(sum(case when place <= 2 then se * se end)) as difference_se
    from within_mode
    group by user_id, exam_code
)

select
    abilities.user_id,
    abilities.exam_code::text as exam_code,
    abilities.theta,
    abilities.se,
    abilities.n_responses,
    case when latest.n_windows >= 2 then latest.difference end as trend,
    case when latest.n_windows >= 2 then latest.difference_se end as trend_se,
    case when latest.n_windows >= 2 then latest.difference / nullif(latest.difference_se, 0) end as trend_z,
    latest.trend_mode::text as trend_mode,
    coalesce(latest.n_windows, 0) as n_windows,
    latest.first_window,
    latest.last_window,
    learners.tenant_id,
    abilities.run_id
from {{ ref('stg_person_ability') }} as abilities
inner join {{ ref('stg_learners') }} as learners
    on abilities.user_id = learners.user_id
left join latest
    on
        abilities.user_id = latest.user_id
        and abilities.exam_code = latest.exam_code
