-- The median and the ninth decile of an item's recorded times, exact and without reading the times: counts by
-- bucket tell in which bucket a place lies, the index of fact_responses what stands there. As percentile_cont
-- does, a share that falls between two places lies between their values.
with running as (
    select
        question_id,
        version,
        tenant_id,
        bucket_ms,
        n,
        sum(n) over (partition by question_id, version order by bucket_ms)::bigint as n_up_to,
        sum(n) over (partition by question_id, version)::bigint as n_timed
    from {{ ref('int_time_counts') }}
),

items as (
    select distinct
        question_id,
        version,
        tenant_id,
        n_timed
    from running
),

-- Places count from 0.
places as (
    select
        items.*,
        shares.share,
        ends.part,
        case ends.part
            when 'low' then floor(shares.share * (items.n_timed - 1))
            else ceil(shares.share * (items.n_timed - 1))
        end::bigint as place
    from items
    cross join (values (0.5::double precision), (0.9::double precision)) as shares (share)
    cross join (values ('low'), ('high')) as ends (part)
),

found as (
    select
        places.*,
        there.recorded_time_ms
    from places
    inner join running
        on
            places.question_id = running.question_id
            and places.version = running.version
            and places.place < running.n_up_to
            and places.place >= running.n_up_to - running.n
    cross join lateral (
        select facts.recorded_time_ms
        from {{ ref('fact_responses') }} as facts
        where
            facts.question_id = places.question_id
            and facts.version = places.version
            and facts.recorded_time_ms >= running.bucket_ms
        order by facts.recorded_time_ms
        offset places.place - (running.n_up_to - running.n)
        limit 1
    ) as there
),

percentiles as (
    select
        question_id,
        version,
        tenant_id,
        n_timed,
        share,
        max(recorded_time_ms) filter (where part = 'low')
        + (share * (n_timed - 1) - floor(share * (n_timed - 1)))
        * (max(recorded_time_ms) filter (where part = 'high') - max(recorded_time_ms) filter (where part = 'low'))
            as time_ms
    from found
    group by question_id, version, tenant_id, n_timed, share
)

select
    question_id,
    version,
    n_timed,
    round(max(time_ms) filter (where share = 0.5))::integer as median_time_ms,
    round(max(time_ms) filter (where share = 0.9))::integer as p90_time_ms,
    tenant_id
from percentiles
group by question_id, version, n_timed, tenant_id
