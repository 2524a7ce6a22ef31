{{
    config(
        materialized='incremental',
        unique_key=['question_id', 'version', 'day'],
        indexes=[{'columns': ['question_id', 'version', 'day']}],
    )
}}

-- depends_on: {{ ref('stg_user_responses') }}
-- depends_on: {{ ref('stg_quiz_items') }}

-- What item marts add up. A pair (item, day) that anything changed in is counted again whole, however
-- long ago the day is.
{% if is_incremental() -%}
with touched as materialized ({{ touched_item_days() }})
{%- endif %}

select
    judged.question_id,
    judged.version,
    judged.exam_code,
    judged.tenant_id,
    judged.day,
    count(*) as n_served,
    count(judged.response_id) as n_answered,
    count(*) filter (where judged.is_correct) as n_correct,
    count(*) filter (where judged.disposition = 'skipped') as n_skipped,
    count(*) filter (where judged.disposition = 'omitted') as n_omitted,
    count(judged.recorded_time_ms) as n_timed,
    -- Sums of the regression of right on position, over answers whose position is known.
    count(judged.position) filter (where judged.response_id is not null) as n_placed,
    coalesce(sum(judged.position) filter (where judged.response_id is not null), 0)::bigint as sum_position,
    coalesce(sum(judged.position::bigint * judged.position) filter (where judged.response_id is not null), 0)::bigint
        as sum_position_squared,
    count(judged.position) filter (where judged.is_correct) as n_placed_correct,
    coalesce(sum(judged.position) filter (where judged.is_correct), 0)::bigint as sum_position_correct
from {{ ref('int_dispositions') }} as judged
{% if is_incremental() -%}
inner join touched
    on
        judged.question_id = touched.question_id
        and judged.version = touched.version
        and judged.day = touched.day
{% endif -%}
group by judged.question_id, judged.version, judged.exam_code, judged.tenant_id, judged.day
