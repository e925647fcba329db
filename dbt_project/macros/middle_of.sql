{# The day in the middle of a period; null where a date is missing. Spark adds days by a function, DuckDB by a plus. #}
{% macro middle_of(starts_on, ends_on) -%}
{{ return(adapter.dispatch('middle_of')(starts_on, ends_on)) }}
{%- endmacro %}

{% macro default__middle_of(starts_on, ends_on) -%}
date_add({{ starts_on }}, cast(floor({{ dbt.datediff(starts_on, ends_on, 'day') }} / 2) as integer))
{%- endmacro %}

{% macro duckdb__middle_of(starts_on, ends_on) -%}
({{ starts_on }} + cast(floor({{ dbt.datediff(starts_on, ends_on, 'day') }} / 2) as integer))
{%- endmacro %}
