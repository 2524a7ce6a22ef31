{{ config(meta={'dagster': {'ref': {'name': 'int_item_times'}}}) }}

-- An item has a median exactly where times are counted, and over all of them.
with counted as (
    select
        question_id,
        version,
        sum(n)::bigint as n_timed
    from {{ ref('int_time_counts') }}
    group by question_id, version
)

select
    question_id,
    version,
    counted.n_timed as n_counted,
    times.n_timed
from counted
full join {{ ref('int_item_times') }} as times using (question_id, version)
where counted.n_timed is distinct from times.n_timed
