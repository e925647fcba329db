{# The year in which the financial year (April to March) of a day begins: 2025 for 31 March 2026; null for null. #}
{% macro financial_year_start(day) -%}
cast(extract(year from {{ day }}) as integer) - case when extract(month from {{ day }}) < 4 then 1 else 0 end
{%- endmacro %}


{# The year in which a reporting year begins: 2025 for 2025-26. #}
{% macro year_start(reporting_year) -%}
cast(substr({{ reporting_year }}, 1, 4) as integer)
{%- endmacro %}


{# A reporting year from the year in which it begins: 2025-26 for 2025. #}
{% macro reporting_year_from(start) -%}
cast({{ start }} as {{ dbt.type_string() }}) || '-' || substr(cast({{ start }} + 1 as {{ dbt.type_string() }}), 3, 2)
{%- endmacro %}
