{{ config(materialized='incremental', unique_key=['question_id', 'version']) }}

-- depends_on: {{ ref('stg_user_responses') }}

-- Below which time an answer to an item is a rapid guess. The median is that of buckets, the threshold in steps
-- of 100 ms: one that moved with every answer would judge everybody anew every night.
with counts as (
    select *
    from {{ ref('int_time_counts') }}
    {% if is_incremental() -%}
    where (question_id, version) in (
        select question_id, version
        from {{ ref('stg_user_responses') }}
        where change_xid >= {{ watermark() }} and recorded_time_ms is not null
    )
    {%- endif %}
),

running as (
    select
        *,
        sum(n) over (partition by question_id, version order by bucket_ms) as n_up_to,
        sum(n) over (partition by question_id, version) as n_timed
    from counts
),

items as (
    select
        question_id,
        version,
        tenant_id,
        n_timed::bigint as n_timed,
        min(bucket_ms) filter (where 2 * n_up_to >= n_timed) as median_ms
    from running
    group by question_id, version, tenant_id, n_timed
),

ruled as (
    select
        *,
        (round({{ var('rapid_guess_share') }} * median_ms / 100) * 100)::integer as share_ms
    from items
)

select
    question_id,
    version,
    n_timed,
    median_ms,
    case
        when n_timed < {{ var('rapid_guess_min_timed') }} then {{ var('rapid_guess_fixed_ms') }}
        else least(share_ms, {{ var('rapid_guess_cap_ms') }})
    end as threshold_ms,
    case
        when n_timed < {{ var('rapid_guess_min_timed') }} then 'fixed'
        when share_ms > {{ var('rapid_guess_cap_ms') }} then 'cap'
        else 'share of the median'
    end::text as rule,
    tenant_id
from ruled
