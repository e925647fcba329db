{# Kinds of money of the form's funding sheet, and the columns that sum them; gifts in kind are not money. #}
{% macro funding_kinds() -%}
{{ return({'grant': 'grants', 'regional investment': 'regional_investment', 'sponsorship': 'sponsorship'}) }}
{%- endmacro %}
