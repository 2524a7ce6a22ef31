{#-
    Buckets of recorded times: tenths of a second up to ten seconds, where rapid guesses are, whole seconds
    beyond. An item then has a few hundred of them, however often it is answered.
-#}
{% macro time_bucket(time_ms) -%}
    case when {{ time_ms }} < 10000 then {{ time_ms }} / 100 * 100 else {{ time_ms }} / 1000 * 1000 end
{%- endmacro %}

{#- The last millisecond of a bucket. -#}
{% macro time_bucket_end(bucket_ms) -%}
    {{ bucket_ms }}::bigint + case when {{ bucket_ms }} < 10000 then 99 else 999 end
{%- endmacro %}
