{#- One row where the sums of `model`, by item and day, are not what int_dispositions counts; none where they are. -#}
{% macro miscounted_dispositions(model) -%}
with judged as (
    select
        count(*) as n_judged,
        count(response_id) as n_responses,
        count(*) filter (where is_correct) as n_right,
        count(*) filter (where disposition = 'skipped') as n_skips
    from {{ ref('int_dispositions') }}
),

summed as (
    select
        coalesce(sum(n_served), 0) as n_served,
        coalesce(sum(n_answered), 0) as n_answered,
        coalesce(sum(n_correct), 0) as n_correct,
        coalesce(sum(n_skipped), 0) as n_skipped
    from {{ model }}
)

select *
from judged
cross join summed
where n_judged <> n_served or n_responses <> n_answered or n_right <> n_correct or n_skips <> n_skipped
{%- endmacro %}
