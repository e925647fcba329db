{# The figures of an organisation, in the order of the form: what is compared between versions and years. #}
{% macro figure_fields() -%}
{{ return([
    'total_income_gbp', 'traded_income_gbp', 'grants_and_donations_gbp', 'other_income_gbp', 'prior_year_income_gbp',
    'total_expenditure_gbp', 'investment_received_gbp', 'employees_headcount', 'employees_fte', 'full_time_week_hours',
    'volunteers', 'volunteer_hours', 'clients_supported', 'jobs_created_headcount', 'jobs_created_fte',
    'jobs_safeguarded_fte', 'jobs_disadvantaged', 'new_products', 'new_markets', 'contract_social_value_gbp',
    'electricity_kwh', 'gas_kwh', 'petrol_litres', 'diesel_litres', 'water_m3', 'waste_landfill_tonnes',
    'waste_recycled_tonnes', 'members', 'surplus_gbp',
]) }}
{%- endmacro %}
