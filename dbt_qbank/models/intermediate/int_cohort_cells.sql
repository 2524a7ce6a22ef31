{#- Figures of fewer learners than this are not to be had. -#}
{%- set floor = var('cohort_cell_min') %}

-- Which figures of which groups may be shown. A cell is a cohort, or an institution: the learners of all its
-- cohorts; it bears a positive number, or the institution's as a negative one. Of shown cells one adds and
-- subtracts, so what counts is not a cell's size but that of the pieces into which all shown cells cut the
-- learners: learners that lie in the same shown cells form a piece, and every sum over shown cells is one over
-- whole pieces. If no piece of a shown cell has fewer than {{ floor }} learners, no such sum tells of fewer.
--
-- Values are numeric: sums of them do not depend on the order of rows. Exams, and the two measures, have learners of their own each: {{ floor }} who answered may be 3 who were scored.
with recursive measures as (
    select
        exam_code,
        'accuracy' as measure,
        user_id,
        tenant_id,
        n_correct::numeric / n_attempts as value
    from {{ ref('int_learner_exams') }}
    union all
    select
        abilities.exam_code::text as exam_code,
        'theta' as measure,
        abilities.user_id,
        learners.tenant_id,
        abilities.theta::numeric as value
    from {{ ref('stg_person_ability') }} as abilities
    inner join {{ ref('stg_learners') }} as learners
        on abilities.user_id = learners.user_id
),

memberships as (
    select
        members.tenant_id,
        members.user_id,
        cohorts.cohort_id as cell
    from {{ ref('stg_cohort_members') }} as members
    inner join {{ ref('stg_cohorts') }} as cohorts
        on members.cohort_id = cohorts.cohort_id
    union
    select
        members.tenant_id,
        members.user_id,
        -cohorts.institution_id as cell
    from {{ ref('stg_cohort_members') }} as members
    inner join {{ ref('stg_cohorts') }} as cohorts
        on members.cohort_id = cohorts.cohort_id
),

learners as (
    select
        tenant_id,
        user_id,
        array_agg(cell order by cell) as cells
    from memberships
    group by tenant_id, user_id
),

-- Learners of the same cells, together: few rows, however many learners.
pieces as (
    select
        measures.tenant_id,
        measures.exam_code,
        measures.measure,
        learners.cells,
        count(*) as n,
        sum(measures.value) as total,
        sum(measures.value ^ 2) as squares
    from measures
    inner join learners
        on
            measures.tenant_id = learners.tenant_id
            and measures.user_id = learners.user_id
    group by measures.tenant_id, measures.exam_code, measures.measure, learners.cells
),

cells as (
    select
        pieces.tenant_id,
        pieces.exam_code,
        pieces.measure,
        cell,
        sum(pieces.n)::bigint as n,
        (sum(pieces.total) / sum(pieces.n))::double precision as mean,
        sqrt(
            greatest(0, sum(pieces.squares) - sum(pieces.total) ^ 2 / sum(pieces.n))
            / nullif(sum(pieces.n) - 1, 0)
        )::double precision as sd
    from pieces
    cross join lateral unnest(pieces.cells) as cell
    group by pieces.tenant_id, pieces.exam_code, pieces.measure, cell
),

-- In turn, the largest first. Where all have one value, a mean tells of each.
candidates as (
    select
        cells.tenant_id,
        cells.exam_code,
        cells.measure,
        cells.cell,
        row_number() over (
            partition by cells.tenant_id, cells.exam_code, cells.measure
            order by cells.n desc, sign(cells.cell), abs(cells.cell)
        ) as turn,
        (
            select array_agg(distinct near.cell)
            from pieces
            cross join lateral unnest(pieces.cells) as near (cell)
            where
                pieces.tenant_id = cells.tenant_id
                and pieces.exam_code = cells.exam_code
                and pieces.measure = cells.measure
                and pieces.cells @> array[cells.cell]
        ) as nearby
    from cells
    where cells.n >= {{ floor }} and cells.sd > 1e-6
),

-- One after the other, each with those that were taken before it: `shown` if every piece that holds one of
-- its learners, and every piece that it leaves of another shown cell, is large enough.
choices as (
    select distinct
        tenant_id,
        exam_code,
        measure,
        0::bigint as turn,
        array[]::bigint[] as shown
    from candidates
    union all
    select
        choices.tenant_id,
        choices.exam_code,
        choices.measure,
        candidates.turn,
        case when cut.smallest >= {{ floor }} then choices.shown || candidates.cell else choices.shown end as shown
    from choices
    inner join candidates
        on
            choices.tenant_id = candidates.tenant_id
            and choices.exam_code = candidates.exam_code
            and choices.measure = candidates.measure
            and choices.turn + 1 = candidates.turn
    cross join lateral (
        select min(piece.n) as smallest
        from (
            select sum(pieces.n) as n
            from pieces
            cross join lateral (
                select array_agg(cell order by cell) as cells
                from unnest(pieces.cells) as cell
                where cell = any(choices.shown || candidates.cell)
            ) as within_shown
            where
                pieces.tenant_id = choices.tenant_id
                and pieces.exam_code = choices.exam_code
                and pieces.measure = choices.measure
                and pieces.cells && candidates.nearby
                and within_shown.cells is not null
            group by within_shown.cells
        ) as piece
    ) as cut
),

shown as (
    select distinct on (tenant_id, exam_code, measure)
        tenant_id,
        exam_code,
        measure,
        shown
    from choices
    order by tenant_id, exam_code, measure, turn desc
)

select
    cells.cell,
    cells.exam_code,
    cells.measure,
    cells.tenant_id,
    cells.n as n_learners,
    cells.mean,
    cells.sd,
    coalesce(cells.cell = any(shown.shown), false) as is_shown
from cells
left join shown
    on
        cells.tenant_id = shown.tenant_id
        and cells.exam_code = shown.exam_code
        and cells.measure = shown.measure
