{# The reporting year before: 2024-25 for 2025-26. #}
{% macro year_before(reporting_year) -%}
cast(cast(substr({{ reporting_year }}, 1, 4) as integer) - 1 as {{ dbt.type_string() }}) || '-' || substr({{ reporting_year }}, 3, 2)
{%- endmacro %}
