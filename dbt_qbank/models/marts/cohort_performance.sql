-- A row for every exam that anybody of the tenant answered: that there is none tells of nobody.
with exams as (
    select distinct
        tenant_id,
        exam_code
    from {{ ref('int_learner_exams') }}
)

select
    cohorts.cohort_id,
    exams.exam_code,
    cohorts.tenant_id,
    cohorts.institution_id,
    institutions.institution_name::text as institution_name,
    cohorts.cohort_name::text as cohort_name,
    cohorts.is_invented or institutions.is_invented as is_invented,
    answered.n_learners / {{ var('cohort_cell_min') }} * {{ var('cohort_cell_min') }} as n_learners,
    round(answered.mean::numeric, 3)::double precision as accuracy,
    round((answered.sd / sqrt(answered.n_learners))::numeric, 3)::double precision as accuracy_se,
    scored.n_learners / {{ var('cohort_cell_min') }} * {{ var('cohort_cell_min') }} as n_learners_scored,
    round(scored.mean::numeric, 3)::double precision as theta,
    round((scored.sd / sqrt(scored.n_learners))::numeric, 3)::double precision as theta_se,
    answered.cell is null as is_suppressed
from {{ ref('stg_cohorts') }} as cohorts
inner join {{ ref('stg_institutions') }} as institutions
    on cohorts.institution_id = institutions.institution_id
inner join exams
    on cohorts.tenant_id = exams.tenant_id
left join {{ ref('int_cohort_cells') }} as answered
    on
        cohorts.cohort_id = answered.cell
        and exams.tenant_id = answered.tenant_id
        and exams.exam_code = answered.exam_code
        and answered.measure = 'accuracy'
        and answered.is_shown
left join {{ ref('int_cohort_cells') }} as scored
    on
        cohorts.cohort_id = scored.cell
        and exams.tenant_id = scored.tenant_id
        and exams.exam_code = scored.exam_code
        and scored.measure = 'theta'
        and scored.is_shown
