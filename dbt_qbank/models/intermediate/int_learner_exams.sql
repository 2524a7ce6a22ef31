{{
    config(
        materialized='incremental',
        unique_key='user_id',
        indexes=[{'columns': ['user_id', 'exam_code', 'tenant_id']}],
    )
}}

-- depends_on: {{ ref('stg_user_responses') }}
-- Like topic_mastery: whoever answered since the last build is computed anew.
select
    user_id,
    exam_code,
    tenant_id,
    count(*) as n_attempts,
    count(*) filter (where is_correct) as n_correct
from {{ ref('fact_responses') }}
{% if is_incremental() -%}
where user_id in ({{ touched_learners() }})
{% endif -%}
group by user_id, exam_code, tenant_id
