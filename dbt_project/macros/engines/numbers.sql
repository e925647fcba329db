{#
    A number rounded to some places, halves away from zero. Not by the engines' own round to places: DuckDB rounds the
    double, Spark its shortest decimal, and 1.005 becomes 1.00 in one and 1.01 in the other. Nor in one step: what the
    order of adding leaves in the last digits would round a half up in one night and down in the next. So four places more
    are counted in whole numbers first, and a half is a half in every night and engine.
#}
{% macro rounded(expression, places) -%}
round(round(({{ expression }}) * 1e{{ places + 4 }}) / 1e4) / 1e{{ places }}
{%- endmacro %}


{#
    A number as people write it: thousands parted by commas, at most two decimals, and never -0. Neither engine has the
    other's function, and only Spark's leaves zeros at the end away by itself.
#}
{% macro spoken_number(expression) -%}
{{ return(adapter.dispatch('spoken_number')('round(cast(' ~ expression ~ ' as double) * 100) / 100 + 0')) }}
{%- endmacro %}

{% macro spark__spoken_number(expression) -%}
format_number({{ expression }}, '#,##0.##')
{%- endmacro %}

{% macro duckdb__spoken_number(expression) -%}
rtrim(rtrim(format('{:,.2f}', {{ expression }}), '0'), '.')
{%- endmacro %}
