{# Kinds of outcome of the form: column name and code. #}
{% macro outcome_types() -%}
{{ return({
    'employment': 'employment', 'training': 'training', 'wellbeing': 'wellbeing', 'isolation': 'isolation',
    'housing': 'housing', 'income_and_debt': 'income and debt', 'health': 'health', 'environment': 'environment',
    'other': 'other',
}) }}
{%- endmacro %}
