{{ config(meta={'dagster': {'ref': {'name': 'item_distractors'}}}) }}

-- Of one run, the share of those who chose the key is the proportion correct. Where some responses came in scored,
-- without an option, the two are of different responses.
select
    stats.question_id,
    stats.version,
    stats.p_value,
    options.proportion
from {{ ref('stg_item_stats') }} as stats
inner join (
    select
        question_id,
        version,
        run_id,
        sum(n) as n_chosen,
        max(proportion) filter (where is_key) as proportion
    from {{ ref('stg_item_option_stats') }}
    group by question_id, version, run_id
) as options
    on
        stats.question_id = options.question_id
        and stats.version = options.version
        and stats.run_id = options.run_id
where
    stats.n_responses = options.n_chosen
    and abs(stats.p_value - options.proportion) > 1e-6
