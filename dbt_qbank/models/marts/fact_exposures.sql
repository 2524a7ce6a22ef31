{{
    config(
        materialized='incremental',
        unique_key=['question_id', 'version', 'day'],
        indexes=[{'columns': ['question_id', 'version', 'day']}, {'columns': ['day']}],
    )
}}

-- depends_on: {{ ref('stg_user_responses') }}
-- depends_on: {{ ref('stg_quiz_items') }}
-- depends_on: {{ ref('int_dispositions') }}

select
    days.question_id,
    days.version,
    days.exam_code,
    days.tenant_id,
    days.day,
    days.n_served,
    days.n_answered,
    days.n_correct,
    days.n_skipped,
    days.n_omitted
from {{ ref('int_item_days') }} as days
{% if is_incremental() -%}
inner join ({{ touched_item_days() }}) as touched
    on
        days.question_id = touched.question_id
        and days.version = touched.version
        and days.day = touched.day
{%- endif %}
