{#-
    The pairs (item, day) in which something changed: day of serving, and day of the answer, since a row
    whose serving is told later than its answer changes from one to the other.
-#}
{% macro touched_item_days() -%}
    with changed as (
        select quiz_id, question_id from {{ ref('stg_user_responses') }} where change_xid >= {{ watermark() }}
        union
        select quiz_id, question_id from {{ ref('stg_quiz_items') }} where change_xid >= {{ watermark() }}
    ),

    rows_changed as materialized (
        select
            judged.question_id,
            judged.version,
            judged.day,
            (judged.ts at time zone 'UTC')::date as answered_on
        from changed
        inner join {{ ref('int_dispositions') }} as judged
            on
                changed.quiz_id = judged.quiz_id
                and changed.question_id = judged.question_id
    )

    select question_id, version, day from rows_changed
    union
    select question_id, version, answered_on from rows_changed where answered_on is not null
{%- endmacro %}
