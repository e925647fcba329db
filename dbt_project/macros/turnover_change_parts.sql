{# What the change of a turnover total is split into, beside corrections: every organisation falls into one of these. #}
{% macro turnover_change_parts() -%}
{{ return(['like for like', 'joiners', 'leavers', 'held back', 'not known', 'imputation']) }}
{%- endmacro %}
