{{ config(materialized='incremental', unique_key=['question_id', 'version', 'bucket_ms']) }}

-- depends_on: {{ ref('stg_user_responses') }}

-- How many recorded times of an item fall into each bucket. Of the pairs (item, bucket) that
-- new responses touch, all responses are counted again through the index of fact_responses, so that
-- counting twice changes nothing; no other pair is read.
{% if is_incremental() -%}
with touched as (
    select distinct
        question_id,
        version,
        {{ time_bucket('recorded_time_ms') }} as bucket_ms
    from {{ ref('stg_user_responses') }}
    where change_xid >= {{ watermark() }} and recorded_time_ms is not null
),

counted as (
    select
        touched.question_id,
        touched.version,
        touched.bucket_ms,
        pair.n
    from touched
    cross join lateral (
        select count(*) as n
        from {{ ref('fact_responses') }} as facts
        where
            facts.question_id = touched.question_id
            and facts.version = touched.version
            and facts.recorded_time_ms between touched.bucket_ms and {{ time_bucket_end('touched.bucket_ms') }}
    ) as pair
    where pair.n > 0
)
{%- else -%}
with counted as (
    select
        question_id,
        version,
        {{ time_bucket('recorded_time_ms') }} as bucket_ms,
        count(*) as n
    from {{ ref('fact_responses') }}
    where recorded_time_ms is not null
    group by question_id, version, {{ time_bucket('recorded_time_ms') }}
)
{%- endif %}

select
    counted.question_id,
    counted.version,
    counted.bucket_ms,
    counted.n,
    versions.tenant_id
from counted
inner join {{ ref('stg_question_versions') }} as versions
    on
        counted.question_id = versions.question_id
        and counted.version = versions.version
