{{ config(meta={'dagster': {'ref': {'name': 'cohort_performance'}}}) }}

-- The attack, on what is shown: learners by the shown figures in which they count. Figures add up and subtract
-- to figures of such pieces, so none of these may be small. Read from the marts and the memberships alone.
with shown as (
    select cohort_id, exam_code, tenant_id, accuracy, theta
    from {{ ref('cohort_performance') }}
    union all
    select -institution_id, exam_code, tenant_id, accuracy, theta
    from {{ ref('institution_benchmark') }}
),

memberships as (
    select cohort_id as cell, user_id from {{ ref('stg_cohort_members') }}
    union
    select -cohorts.institution_id, members.user_id
    from {{ ref('stg_cohort_members') }} as members
    inner join {{ ref('stg_cohorts') }} as cohorts using (cohort_id)
),

counted as (
    select user_id, shown.exam_code, shown.tenant_id, shown.cohort_id as cell, 'accuracy' as measure
    from memberships
    inner join shown on memberships.cell = shown.cohort_id
    inner join {{ ref('int_learner_exams') }} as answers using (user_id, exam_code, tenant_id)
    where shown.accuracy is not null
    union all
    select user_id, shown.exam_code, shown.tenant_id, shown.cohort_id as cell, 'theta' as measure
    from memberships
    inner join shown on memberships.cell = shown.cohort_id
    inner join {{ ref('stg_person_ability') }} as abilities using (user_id, exam_code)
    where shown.theta is not null
),

pieces as (
    select user_id, exam_code, tenant_id, measure, array_agg(cell order by cell) as cells
    from counted
    group by user_id, exam_code, tenant_id, measure
)

select exam_code, tenant_id, measure, cells, count(*) as n_learners
from pieces
group by exam_code, tenant_id, measure, cells
having count(*) < {{ var('cohort_cell_min') }}
