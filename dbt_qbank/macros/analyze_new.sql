{#-
    Statistics of a table that was made anew, as a post-hook: readers come right after the build, and the
    planner must know its size. Of a table that grew it knows the size by itself, and reading samples of it
    would cost more than what is new; autovacuum keeps those statistics.
-#}
{% macro analyze_new() -%}
    do $$
    begin
        if (select reltuples < 0 from pg_class where oid = '{{ this }}'::regclass) then
            analyze {{ this }};
        end if;
    end
    $$
{%- endmacro %}
