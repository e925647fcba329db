{# The day in the middle of a period; null where a date is missing. Spark adds days by a function, DuckDB by a plus. #}
{% macro middle_of(starts_on, ends_on) -%}
{{ return(adapter.dispatch('middle_of')(starts_on, ends_on)) }}
{%- endmacro %}

{% macro spark__middle_of(starts_on, ends_on) -%}
date_add({{ starts_on }}, cast(floor({{ dbt.datediff(starts_on, ends_on, 'day') }} / 2) as integer))
{%- endmacro %}

{% macro duckdb__middle_of(starts_on, ends_on) -%}
({{ starts_on }} + cast(floor({{ dbt.datediff(starts_on, ends_on, 'day') }} / 2) as integer))
{%- endmacro %}


{# A date as people write it: 31 March 2026. Each engine has letters of its own for the parts of a date. #}
{% macro spoken_date(expression) -%}
{{ return(adapter.dispatch('spoken_date')(expression)) }}
{%- endmacro %}

{% macro spark__spoken_date(expression) -%}
date_format({{ expression }}, 'd MMMM yyyy')
{%- endmacro %}

{% macro duckdb__spoken_date(expression) -%}
strftime({{ expression }}, '%-d %B %Y')
{%- endmacro %}


{# The day that an instant is in the programme's time zone. Each engine has a function of its own to change the zone. #}
{% macro local_day(instant) -%}
{{ return(adapter.dispatch('local_day')(instant)) }}
{%- endmacro %}

{% macro spark__local_day(instant) -%}
cast(from_utc_timestamp({{ instant }}, '{{ var("time_zone") }}') as date)
{%- endmacro %}

{% macro duckdb__local_day(instant) -%}
cast(timezone('{{ var("time_zone") }}', {{ instant }}) as date)
{%- endmacro %}
