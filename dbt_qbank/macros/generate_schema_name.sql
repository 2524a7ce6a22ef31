{#- Everything stands in the schema of the profile, without suffix: readers rely on the name `analytics`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema }}
{%- endmacro %}
