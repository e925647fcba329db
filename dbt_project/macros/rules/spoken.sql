{# A number as people write it: thousands parted by commas, at most two decimals. #}
{% macro spoken_number(expression) -%}
{{ return(adapter.dispatch('spoken_number')(expression)) }}
{%- endmacro %}

{% macro default__spoken_number(expression) -%}
format_number(cast({{ expression }} as double), '#,##0.##')
{%- endmacro %}

{% macro duckdb__spoken_number(expression) -%}
rtrim(rtrim(format('{:,.2f}', cast({{ expression }} as double)), '0'), '.')
{%- endmacro %}


{# A date as people write it: 31 March 2026. #}
{% macro spoken_date(expression) -%}
{{ return(adapter.dispatch('spoken_date')(expression)) }}
{%- endmacro %}

{% macro default__spoken_date(expression) -%}
date_format({{ expression }}, 'd MMMM yyyy')
{%- endmacro %}

{% macro duckdb__spoken_date(expression) -%}
strftime({{ expression }}, '%-d %B %Y')
{%- endmacro %}


{# A ratio as people write it: 0.164 is 16.4%. #}
{% macro spoken_percent(expression) -%}
{{ spoken_number('round(100 * (' ~ expression ~ '), 1)') }} || '%'
{%- endmacro %}
