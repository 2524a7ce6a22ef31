{#- No two rows agree in all of `columns`; nulls count as equal. Returns the keys that repeat. -#}
{% test unique_together(model, columns) %}
select {{ columns | join(', ') }}, count(*) as n_rows
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
