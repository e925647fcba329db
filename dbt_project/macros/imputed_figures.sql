{#
    The figures that are estimated where they should have come and did not: how much an organisation earns, how many
    work in it and how long its volunteers do. What is counted from zero every year (new products, jobs created) is not:
    the year before says little about it.
#}
{% macro imputed_figures() -%}
{{ return({
    'total_income_gbp': {'kpi': 'turnover', 'sql': 'total_income_annualised_gbp'},
    'employees_headcount': {'kpi': 'employment', 'sql': 'employees_headcount'},
    'employees_fte': {'kpi': 'employment', 'sql': 'employees_fte'},
    'volunteer_hours': {'kpi': 'social value', 'sql': 'volunteer_hours'},
}) }}
{%- endmacro %}


{# The ways of imputation, the best first. #}
{% macro imputation_methods() -%}
{{ return(['imputed forward', 'imputed backward', 'imputed from the register']) }}
{%- endmacro %}
