-- Everything counted is a sum over items and days: what this costs follows the days of the bank, not its
-- responses. Trailing days end with the exam's last day of serving.
with last_days as (
    select
        exam_code,
        max(day) as last_day
    from {{ ref('int_item_days') }}
    group by exam_code
),

counts as (
    select
        days.question_id,
        days.version,
        sum(days.n_answered)::bigint as n_attempts,
        sum(days.n_correct)::bigint as n_correct,
        sum(days.n_served)::bigint as n_served,
        sum(days.n_skipped)::bigint as n_skipped,
        coalesce(
            sum(days.n_served) filter (where days.day > last_days.last_day - {{ var('exposure_days') }}), 0
        )::bigint as n_served_lately,
        sum(days.n_placed)::double precision as n_placed,
        sum(days.sum_position)::double precision as x,
        sum(days.sum_position_squared)::double precision as xx,
        sum(days.n_placed_correct)::double precision as y,
        sum(days.sum_position_correct)::double precision as xy
    from {{ ref('int_item_days') }} as days
    inner join last_days
        on days.exam_code = last_days.exam_code
    group by days.question_id, days.version
    having sum(days.n_answered) > 0
),

-- Sums of squares and products around the means; right is 0 or 1, so its square is itself.
deviations as (
    select
        *,
        xx - x * x / nullif(n_placed, 0) as sxx,
        xy - x * y / nullif(n_placed, 0) as sxy,
        y - y * y / nullif(n_placed, 0) as syy
    from counts
),

positions as (
    select
        *,
        case when n_placed > 2 and sxx > 0 then 10 * sxy / sxx end as position_effect,
        case
            when n_placed > 2 and sxx > 0
                then 10 * sqrt(greatest(0, syy - sxy * sxy / sxx) / (n_placed - 2) / sxx)
        end as position_effect_se
    from deviations
),

sessions as (
    select
        last_days.exam_code,
        count(distinct sessions.quiz_id) as n_sessions
    from last_days
    inner join {{ ref('int_exam_sessions') }} as sessions
        on
            last_days.exam_code = sessions.exam_code
            and last_days.last_day - {{ var('exposure_days') }} < sessions.last_day
    group by last_days.exam_code
)

select
    positions.question_id,
    positions.version,
    positions.n_attempts,
    positions.n_correct::double precision / positions.n_attempts as p_value,
    times.median_time_ms,
    standing.exam_code,
    standing.tenant_id,
    item_stats.n_responses as n_first_attempts,
    item_stats.r_point_biserial,
    times.p90_time_ms,
    positions.n_skipped::double precision / positions.n_served as skip_rate,
    positions.n_served,
    positions.n_served_lately::double precision / sessions.n_sessions as exposure_rate,
    positions.position_effect,
    positions.position_effect_se,
    standing.model,
    standing.a,
    standing.b,
    standing.c,
    standing.n_respondents,
    standing.calibration_status,
    standing.calibration_reason,
    standing.calibration_age_days,
    standing.flags
from positions
inner join {{ ref('int_item_standing') }} as standing
    on
        positions.question_id = standing.question_id
        and positions.version = standing.version
left join sessions
    on standing.exam_code = sessions.exam_code
left join {{ ref('int_item_times') }} as times
    on
        positions.question_id = times.question_id
        and positions.version = times.version
left join {{ ref('stg_item_stats') }} as item_stats
    on
        positions.question_id = item_stats.question_id
        and positions.version = item_stats.version
