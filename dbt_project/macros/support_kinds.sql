{# Kinds of support of the form. #}
{% macro support_kinds() -%}
{{ return([
    'business support', 'growth programme', 'market brokerage', 'consortium', 'innovation', 'finance readiness',
    'peer learning',
]) }}
{%- endmacro %}
