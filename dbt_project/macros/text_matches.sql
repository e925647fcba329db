{# Whether a text has the shape of a pattern; null for null. Spark spells it as the default does. #}
{% macro text_matches(column, pattern) -%}
{{ return(adapter.dispatch('text_matches')(column, pattern)) }}
{%- endmacro %}

{% macro default__text_matches(column, pattern) -%}
({{ column }} rlike '{{ pattern }}')
{%- endmacro %}

{% macro duckdb__text_matches(column, pattern) -%}
regexp_matches({{ column }}, '{{ pattern }}')
{%- endmacro %}
