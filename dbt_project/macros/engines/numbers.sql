{#
    A number rounded to some places, halves away from zero. DuckDB rounds the double, Spark its shortest decimal: 1.005
    becomes 1.00 in one and 1.01 in the other. So Spark is given DuckDB's own arithmetic. Without places both round alike.
#}
{% macro rounded(expression, places) -%}
{{ return(adapter.dispatch('rounded')(expression, places)) }}
{%- endmacro %}

{% macro spark__rounded(expression, places) -%}
round(({{ expression }}) * 1e{{ places }}) / 1e{{ places }}
{%- endmacro %}

{% macro duckdb__rounded(expression, places) -%}
round({{ expression }}, {{ places }})
{%- endmacro %}


{#
    A number as people write it: thousands parted by commas, at most two decimals. Neither engine has the other's
    function, and only Spark's leaves zeros at the end away by itself.
#}
{% macro spoken_number(expression) -%}
{{ return(adapter.dispatch('spoken_number')(expression)) }}
{%- endmacro %}

{% macro spark__spoken_number(expression) -%}
format_number(cast({{ expression }} as double), '#,##0.##')
{%- endmacro %}

{% macro duckdb__spoken_number(expression) -%}
rtrim(rtrim(format('{:,.2f}', cast({{ expression }} as double)), '0'), '.')
{%- endmacro %}
