{#-
    An end, `low` or `high`, of the 95 % score interval of a proportion: `right` of `n` (Wilson 1927, JASA 22,
    209-212). It stays within 0 and 1 and is of use at n = 1, where the interval around the proportion is none.
    At 0 and 1 rounding would leave the proportion outside by 1e-16.
-#}
{% macro wilson(right, n, end) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set p = '(' ~ right ~ ')::double precision / (' ~ n ~ ')' -%}
    {%- set half = z ~ ' * sqrt(' ~ p ~ ' * (1 - ' ~ p ~ ') / (' ~ n ~ ') + ' ~ (z * z / 4) ~ ' / ((' ~ n ~ ')::double precision ^ 2))' -%}
    {%- if end == 'low' -%}
    least({{ p }}, greatest(0, ({{ p }} + {{ z * z / 2 }} / ({{ n }}) - {{ half }}) / (1 + {{ z * z }} / ({{ n }}))))
    {%- else -%}
    greatest({{ p }}, least(1, ({{ p }} + {{ z * z / 2 }} / ({{ n }}) + {{ half }}) / (1 + {{ z * z }} / ({{ n }}))))
    {%- endif -%}
{%- endmacro %}
