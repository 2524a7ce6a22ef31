-- A row for every exam that anybody of the tenant answered: that there is none tells of nobody.
with exams as (
    select distinct
        tenant_id,
        exam_code
    from {{ ref('int_learner_exams') }}
),

figures as (
    select
        institutions.institution_id,
        exams.exam_code,
        institutions.tenant_id,
        institutions.institution_name::text as institution_name,
        institutions.is_invented,
        answered.n_learners / {{ var('cohort_cell_min') }} * {{ var('cohort_cell_min') }} as n_learners,
        round(answered.mean::numeric, 3)::double precision as accuracy,
        round((answered.sd / sqrt(answered.n_learners))::numeric, 3)::double precision as accuracy_se,
        scored.n_learners / {{ var('cohort_cell_min') }} * {{ var('cohort_cell_min') }} as n_learners_scored,
        round(scored.mean::numeric, 3)::double precision as theta,
        round((scored.sd / sqrt(scored.n_learners))::numeric, 3)::double precision as theta_se
    from {{ ref('stg_institutions') }} as institutions
    inner join exams
        on institutions.tenant_id = exams.tenant_id
    left join {{ ref('int_cohort_cells') }} as answered
        on
            -institutions.institution_id = answered.cell
            and exams.tenant_id = answered.tenant_id
            and exams.exam_code = answered.exam_code
            and answered.measure = 'accuracy'
            and answered.is_shown
    left join {{ ref('int_cohort_cells') }} as scored
        on
            -institutions.institution_id = scored.cell
            and exams.tenant_id = scored.tenant_id
            and exams.exam_code = scored.exam_code
            and scored.measure = 'theta'
            and scored.is_shown
)

-- Peers are means over figures that are shown themselves: they tell nothing that those do not.
select
    own.*,
    peers.n as n_peers,
    peers.accuracy as peers_accuracy,
    own.accuracy - peers.accuracy as accuracy_difference,
    peers.n_scored as n_peers_scored,
    peers.theta as peers_theta,
    own.theta - peers.theta as theta_difference,
    own.accuracy is null as is_suppressed
from figures as own
cross join lateral (
    select
        count(other.accuracy) as n,
        count(other.theta) as n_scored,
        case
            when count(other.accuracy) >= {{ var('benchmark_peers_min') }} then avg(other.accuracy)
        end as accuracy,
        case when count(other.theta) >= {{ var('benchmark_peers_min') }} then avg(other.theta) end as theta
    from figures as other
    where
        other.tenant_id = own.tenant_id
        and other.exam_code = own.exam_code
        and other.is_invented = own.is_invented
        and other.institution_id <> own.institution_id
) as peers
