{#- Everything stands in the schema of the profile, without suffix: it becomes `analytics`, on which readers rely. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema }}
{%- endmacro %}
