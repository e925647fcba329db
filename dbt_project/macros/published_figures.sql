{# The figures of an organisation whose sums by cluster are published: their KPI, and what the sum is called. #}
{% macro published_figures() -%}
{{ return({
    'investment_received_gbp': {'kpi': 'investment', 'noun': 'Investment in pounds'},
    'employees_headcount': {'kpi': 'employment', 'noun': 'Employees'},
    'employees_fte': {'kpi': 'employment', 'noun': 'Employees in full-time equivalents'},
    'volunteers': {'kpi': 'social value', 'noun': 'Volunteers'},
    'volunteer_hours': {'kpi': 'social value', 'noun': 'Volunteer hours'},
    'clients_supported': {'kpi': 'social value', 'noun': 'Clients supported'},
    'jobs_created_headcount': {'kpi': 'social value', 'noun': 'Jobs created'},
    'jobs_created_fte': {'kpi': 'social value', 'noun': 'Jobs created in full-time equivalents'},
    'jobs_safeguarded_fte': {'kpi': 'social value', 'noun': 'Jobs kept in full-time equivalents'},
    'jobs_disadvantaged': {'kpi': 'social value', 'noun': 'Jobs created for disadvantaged people'},
    'contract_social_value_gbp': {'kpi': 'social value', 'noun': 'Social value beyond contracts in pounds'},
    'new_products': {'kpi': 'innovation', 'noun': 'New products'},
    'new_markets': {'kpi': 'innovation', 'noun': 'New markets'},
    'electricity_kwh': {'kpi': 'environment', 'noun': 'Electricity in kWh'},
    'gas_kwh': {'kpi': 'environment', 'noun': 'Gas in kWh'},
    'petrol_litres': {'kpi': 'environment', 'noun': 'Petrol in litres'},
    'diesel_litres': {'kpi': 'environment', 'noun': 'Diesel in litres'},
    'water_m3': {'kpi': 'environment', 'noun': 'Water in cubic metres'},
    'waste_landfill_tonnes': {'kpi': 'environment', 'noun': 'Waste to landfill in tonnes'},
    'waste_recycled_tonnes': {'kpi': 'environment', 'noun': 'Waste recycled in tonnes'},
}) }}
{%- endmacro %}


{# What a ratio would change about the target: a remark in brackets where the published one is on its other side. #}
{% macro beside_target(ratio, published, target) -%}
case
                                when {{ ratio }} >= {{ target }} and {{ published }} < {{ target }}
                                    then
                                        ' (which reaches the target of ' || {{ spoken_percent(target) }}
                                        || '; the published one does not)'
                                when {{ ratio }} < {{ target }} and {{ published }} >= {{ target }}
                                    then
                                        ' (below the target of ' || {{ spoken_percent(target) }}
                                        || ', which the published one reaches)'
                                else ''
                            end
{%- endmacro %}


{# How a figure is named that would be published if the explanation of an alert held. #}
{% macro if_explained() -%}
' if the explanation holds'
{%- endmacro %}
