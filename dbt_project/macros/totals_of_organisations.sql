{# The totals of the mart by cluster of each KPI that are the sum of the same column by organisation. #}
{% macro totals_of_organisations() -%}
{{ return({
    'turnover': [
        'turnover_gbp',
    ],
    'employment': [
        'headcount', 'fte', 'headcount_change', 'fte_change', 'jobs_created_headcount', 'jobs_created_fte',
        'jobs_safeguarded_fte', 'jobs_disadvantaged',
    ],
    'social value': [
        'volunteers', 'volunteer_hours', 'volunteer_hours_low_gbp', 'volunteer_hours_central_gbp',
        'volunteer_hours_high_gbp', 'clients_supported', 'client_attendances', 'jobs_created_headcount',
        'jobs_created_fte', 'jobs_safeguarded_fte', 'jobs_disadvantaged', 'contract_social_value_gbp',
        'outcome_employment_people', 'outcome_training_people', 'outcome_wellbeing_people',
        'outcome_isolation_people', 'outcome_housing_people', 'outcome_income_and_debt_people',
        'outcome_health_people', 'outcome_environment_people', 'outcome_other_people',
    ],
    'environment': [
        'electricity_kwh', 'gas_kwh', 'petrol_litres', 'diesel_litres', 'water_m3', 'waste_landfill_tonnes',
        'waste_recycled_tonnes',
    ],
    'innovation': [
        'new_products', 'new_markets',
    ],
    'investment': [
        'investment_received_gbp',
    ],
}) }}
{%- endmacro %}
