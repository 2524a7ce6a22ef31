{{ config(meta={'dagster': {'ref': {'name': 'stg_cohort_members'}}}) }}

-- A learner belongs to cohorts of the learner's own tenant alone: else a cohort's figures tell one tenant of another's.
select
    members.cohort_id,
    members.user_id
from {{ ref('stg_cohort_members') }} as members
inner join {{ ref('stg_cohorts') }} as cohorts
    on members.cohort_id = cohorts.cohort_id
inner join {{ ref('stg_learners') }} as learners
    on members.user_id = learners.user_id
where
    members.tenant_id <> cohorts.tenant_id
    or members.tenant_id <> learners.tenant_id
