{# The schemes that the form asks referrals for, and the columns that count them. #}
{% macro referral_schemes() -%}
{{ return({'Growth Accelerator': 'growth_accelerator', 'Development Fund': 'development_fund'}) }}
{%- endmacro %}


{# The five kinds of help that a hub gives access to (business case 5, output 2), and their columns. #}
{% macro hub_services() -%}
{{ return({
    'market opportunities': 'market_opportunities',
    'innovation partners': 'innovation_partners',
    'product development': 'product_development',
    'brokerage': 'brokerage',
    'growth and finance': 'growth_and_finance',
}) }}
{%- endmacro %}


{# Distinct organisations for each output by a reporting year, from the years in which they first counted. #}
{% macro outputs_so_far(first, year) -%}
{%- for column in [
    'enrolled', 'supported', 'grew', 'grew_by_target', 'growth_accelerator', 'growth_accelerator_accepted',
    'development_fund', 'development_fund_accepted',
] %}
        count(distinct {{ first }}.organisation_id) filter (where {{ first }}.{{ column }}_in <= {{ year }}) as {{ column }}
        {%- if not loop.last %},{% endif %}
{%- endfor %}
{%- endmacro %}


{# Opportunities and their whole-life value by the stage that they had reached, each of them once. #}
{% macro opportunities_by_stage() -%}
{%- for column, condition in {
    'introduced': 'true',
    'bid': 'was_bid_for',
    'won': "stage = 'won'",
    'lost': "stage = 'lost'",
}.items() %}
        count(*) filter (where {{ condition }}) as opportunities_{{ column }},
        {{ rounded('sum(value_gbp) filter (where ' ~ condition ~ ')', 2) }} as brokerage_{{ column }}_gbp,
{%- endfor %}
        count(*) filter (where value_gbp is null) as opportunities_without_value
{%- endmacro %}
