{#- Learners of whom a response is new or changed since the model was last built. -#}
{% macro touched_learners() -%}
    select user_id from {{ ref('stg_user_responses') }} where change_xid >= {{ watermark() }}
{%- endmacro %}
