{#-
    For tests: which raw rows the last build of an incremental model was the first to read, and whose. What a build
    left alone, the test of an earlier one has seen; that what a fit reads is still what was recorded, all of history,
    first_attempts_as_recorded asks each night, and facts_as_recorded of the facts of the last days. A build from nothing read everything.

    Learners answer while marts are built and tested. What a transaction wrote that was not over when the build began
    is the next build's to read, and no test's to miss.
-#}
{% macro first_read_by(models) -%}
    change_xid >= '{{ kept_mark(models, 'read_from') }}'::xid8
    and change_xid < '{{ kept_mark(models, 'below') }}'::xid8
{%- endmacro %}

{% macro not_yet_read_by(models) -%}
    change_xid >= '{{ kept_mark(models, 'below') }}'::xid8
{%- endmacro %}

{#- True of the learners of whom the last build read a response, all of them where it was from nothing. -#}
{% macro of_new_learners(models, user_id='user_id') -%}
    {%- set read_from = kept_mark(models, 'read_from') -%}
    {%- if read_from == '0' -%}
    true
    {%- else -%}
    {#- As an array, of which the planner expects few elements: it looks each learner up. -#}
    {{ user_id }} = any(array(
        select distinct user_id
        from {{ source('public', 'user_responses') }}
        where change_xid >= '{{ read_from }}'::xid8
    ))
    {%- endif -%}
{%- endmacro %}

{#- The lowest of the marks of some models, as mart_watermarks has them. -#}
{% macro kept_mark(models, column) -%}
    {%- if not execute -%}{{ return('0') }}{%- endif -%}
    {%- set names = "'" ~ ([models] if models is string else models) | join("', '") ~ "'" -%}
    {%- set kept = run_query(
        'select coalesce(min(' ~ column ~ "), '0')::text from " ~ target.schema ~ '.mart_watermarks where model in (' ~ names ~ ')'
    ) -%}
    {{ return(kept.rows[0][0]) }}
{%- endmacro %}
