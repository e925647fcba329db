{# Themes of environmental work on the form: column name and code. #}
{% macro environment_themes() -%}
{{ return({
    'retrofit': 'retrofit', 'house_building': 'house building', 'circular_economy': 'circular economy',
    'active_travel': 'active travel', 'nature': 'nature', 'energy_generation': 'energy generation', 'other': 'other',
}) }}
{%- endmacro %}


{# The quantities of the form and the activities whose factors turn them into CO2e. #}
{% macro emission_activities() -%}
{{ return([
    ('electricity_kwh', 'electricity_kwh'), ('electricity_kwh', 'electricity_losses_kwh'), ('gas_kwh', 'gas_kwh'),
    ('petrol_litres', 'petrol_litres'), ('diesel_litres', 'diesel_litres'), ('water_m3', 'water_supply_m3'),
    ('water_m3', 'water_treatment_m3'), ('waste_landfill_tonnes', 'waste_landfill_tonnes'),
    ('waste_recycled_tonnes', 'waste_recycled_tonnes'),
]) }}
{%- endmacro %}


{# The quantities that an organisation is asked for. #}
{% macro environment_quantities() -%}
{{ return([
    'electricity_kwh', 'gas_kwh', 'petrol_litres', 'diesel_litres', 'water_m3', 'waste_landfill_tonnes',
    'waste_recycled_tonnes',
]) }}
{%- endmacro %}
