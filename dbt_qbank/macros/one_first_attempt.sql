{#- Refuses a second first attempt of a learner at a question, as a post-hook. dbt's `indexes` knows no condition. -#}
{% macro one_first_attempt() -%}
    do $$
    begin
        if not exists (
            select from pg_index
            where indrelid = '{{ this }}'::regclass and indisunique and indpred is not null
        ) then
            create unique index on {{ this }} (user_id, question_id) where attempt = 1;
        end if;
    end
    $$
{%- endmacro %}
