-- One row per cluster and reporting year from its first return on; counts are of all returns so far.
with

cluster_years as (

    select * from {{ ref('int_cluster_years') }}

),

set_aside as (

    select
        cluster_id,
        reporting_year
    from {{ ref('int_returns_due') }}
    where is_set_aside

),

targets as (

    select
        max(value) filter (where target = 'supported_organisations') as supported_target,
        max(value) filter (where target = 'growth_accelerator_referrals') as growth_accelerator_target,
        max(value) filter (where target = 'development_fund_referrals') as development_fund_target
    from {{ source('programme', 'targets') }}

),

first_outputs as (

    select * from {{ ref('int_first_outputs') }}

),

organisations as (

    select
        cluster_years.cluster_id,
        cluster_years.reporting_year,
        {{- outputs_so_far('first_outputs', 'cluster_years.starts_in') }}
    from cluster_years
    left join first_outputs on cluster_years.cluster_id = first_outputs.cluster_id
    group by cluster_years.cluster_id, cluster_years.reporting_year

),

unknown as (

    select
        cluster_id,
        reporting_year,
        1 as support_rows,
        0 as referral_rows
    from {{ ref('int_support') }}
    where organisation_id is null
    union all
    select
        cluster_id,
        reporting_year,
        0 as support_rows,
        1 as referral_rows
    from {{ ref('int_referrals') }}
    where organisation_id is null

),

unknown_so_far as (

    select
        cluster_years.cluster_id,
        cluster_years.reporting_year,
        cast(sum(unknown.support_rows) as bigint) as support_rows,
        cast(sum(unknown.referral_rows) as bigint) as referral_rows
    from cluster_years
    inner join unknown
        on
            cluster_years.cluster_id = unknown.cluster_id
            and cluster_years.reporting_year >= unknown.reporting_year
    group by cluster_years.cluster_id, cluster_years.reporting_year

),

hubs as (

    select
        cluster_id,
        reporting_year,
        bool_or(hub_type = 'physical') as is_physical,
        bool_or(hub_type = 'virtual') as is_virtual,
        bool_or(hub_type = 'none yet') as is_none,
        min(opened_on) as opened_on,
        {%- for service, column in hub_services().items() %}
        coalesce(bool_or('; ' || services || ';' like '%; {{ service }};%'), false) as offers_{{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('stg_hub') }}
    where hub_type is not null or services is not null
    group by cluster_id, reporting_year

),

opportunities as (

    select
        cluster_id,
        reporting_year,
        {{- opportunities_by_stage() }},
        {{ rounded("sum(value_gbp) filter (where buyer_sector = 'public')", 2) }} as brokerage_public_gbp,
        {{ rounded("sum(value_gbp) filter (where buyer_sector = 'private')", 2) }} as brokerage_private_gbp,
        {{ rounded("sum(value_gbp) filter (where buyer_sector = 'third')", 2) }} as brokerage_third_gbp
    from {{ ref('int_opportunities') }}
    group by cluster_id, reporting_year

)

select
    cluster_years.cluster_id,
    cluster_years.cluster_name,
    cluster_years.reporting_year,
    cluster_years.cluster_year,
    cluster_years.cluster_year between 1 and {{ var('output_years') }} as is_output_year,
    cluster_years.receipt_id is not null as has_return,
    organisations.enrolled as enrolled_organisations,
    organisations.supported as supported_organisations,
    organisations.grew as grown_organisations,
    organisations.grew_by_target as grown_by_target_organisations,
    targets.supported_target,
    organisations.supported >= targets.supported_target as supported_target_met,
    coalesce(unknown_so_far.support_rows, 0) as support_rows_of_no_organisation,
    {%- for column in referral_schemes().values() %}
    organisations.{{ column }} as {{ column }}_organisations,
    organisations.{{ column }}_accepted as {{ column }}_accepted_organisations,
    targets.{{ column }}_target,
    organisations.{{ column }} >= targets.{{ column }}_target as {{ column }}_target_met,
    {%- endfor %}
    coalesce(unknown_so_far.referral_rows, 0) as referral_rows_of_no_organisation,
    case
        when hubs.is_physical and hubs.is_virtual then 'physical and virtual'
        when hubs.is_physical then 'physical'
        when hubs.is_virtual then 'virtual'
        when hubs.is_none then 'none yet'
    end as hub_type,
    hubs.opened_on as hub_opened_on,
    {%- for column in hub_services().values() %}
    hubs.offers_{{ column }} as hub_offers_{{ column }},
    {%- endfor %}
    {% for column in hub_services().values() -%}
    cast(hubs.offers_{{ column }} as integer) {%- if not loop.last %} + {% endif %}
    {%- endfor %} as hub_services,
    case
        when cluster_years.receipt_id is null and set_aside.cluster_id is not null then 'the return is set aside by us'
        when cluster_years.receipt_id is null then 'no return for this year'
        when hubs.cluster_id is null then 'the return says nothing about a hub'
    end as hub_reason,
    {%- for stage in ['introduced', 'bid', 'won', 'lost'] %}
    coalesce(opportunities.opportunities_{{ stage }}, 0) as opportunities_{{ stage }},
    opportunities.brokerage_{{ stage }}_gbp,
    {%- endfor %}
    coalesce(opportunities.opportunities_without_value, 0) as opportunities_without_value,
    opportunities.brokerage_public_gbp,
    opportunities.brokerage_private_gbp,
    opportunities.brokerage_third_gbp
from cluster_years
cross join targets
inner join organisations
    on
        cluster_years.cluster_id = organisations.cluster_id
        and cluster_years.reporting_year = organisations.reporting_year
left join set_aside
    on
        cluster_years.cluster_id = set_aside.cluster_id
        and cluster_years.reporting_year = set_aside.reporting_year
left join unknown_so_far
    on
        cluster_years.cluster_id = unknown_so_far.cluster_id
        and cluster_years.reporting_year = unknown_so_far.reporting_year
left join hubs
    on
        cluster_years.cluster_id = hubs.cluster_id
        and cluster_years.reporting_year = hubs.reporting_year
left join opportunities
    on
        cluster_years.cluster_id = opportunities.cluster_id
        and cluster_years.reporting_year = opportunities.reporting_year
