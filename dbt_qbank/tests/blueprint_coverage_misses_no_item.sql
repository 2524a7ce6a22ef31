{{ config(meta={'dagster': {'ref': {'name': 'blueprint_coverage'}}}) }}

-- An item counts in every quota that it fits, and in one row of its own where it fits none.
with shown as (
    select
        exam_code,
        tenant_id,
        sum(n_published) as n_shown
    from {{ ref('blueprint_coverage') }}
    group by exam_code, tenant_id
),

published as (
    select
        exam_code,
        tenant_id,
        count(*) as n_published
    from {{ ref('stg_questions') }}
    group by exam_code, tenant_id
)

select
    exam_code,
    tenant_id,
    published.n_published,
    coalesce(shown.n_shown, 0) as n_shown
from published
left join shown using (exam_code, tenant_id)
where coalesce(shown.n_shown, 0) < published.n_published
