{# The figures that every organisation is asked for, on which an answer is whole or partial (business case 7.1). #}
{% macro core_figures() -%}
{{ return([
    'total_income_gbp', 'employees_headcount', 'employees_fte', 'volunteer_hours', 'clients_supported',
    'jobs_created_headcount', 'new_products', 'new_markets',
]) }}
{%- endmacro %}


{# How many of the core figures a condition holds for; `figure` in it stands for the column. #}
{% macro count_core_figures(condition) -%}
{%- for figure in core_figures() %}
        case when {{ condition | replace('figure', figure) }} then 1 else 0 end
        {%- if not loop.last %} +{% endif %}
{%- endfor %}
{%- endmacro %}
