{# The dimensions of data quality that rules speak of. #}
{% macro quality_dimensions() -%}
{{ return(['completeness', 'uniqueness', 'consistency', 'timeliness', 'validity', 'accuracy']) }}
{%- endmacro %}
