-- One row per reporting year; counts are of all returns of all clusters so far.
with

cluster_years as (

    select * from {{ ref('int_cluster_years') }}

),

targets as (

    select
        max(value) filter (where target = 'supported_organisations') as supported_target,
        max(value) filter (where target = 'brokerage_value') as brokerage_target_gbp
    from {{ source('programme', 'targets') }}

),

first_outputs as (

    select * from {{ ref('int_first_outputs') }}

),

organisations as (

    select
        cluster_years.reporting_year,
        count(distinct cluster_years.cluster_id) as clusters,
        {{- outputs_so_far('first_outputs', 'cluster_years.starts_in') }}
    from cluster_years
    left join first_outputs on cluster_years.cluster_id = first_outputs.cluster_id
    group by cluster_years.reporting_year

),

clusters as (

    select
        reporting_year,
        cast(sum(supported_organisations) as bigint) as supported_of_clusters,
        cast(sum(opportunities_introduced) as bigint) as opportunities_of_clusters,
        count(*) filter (where has_return) as clusters_with_return,
        count(*) filter (where growth_accelerator_target_met) as clusters_at_growth_accelerator_target,
        count(*) filter (where development_fund_target_met) as clusters_at_development_fund_target,
        count(*) filter (where hub_type <> 'none yet') as clusters_with_hub,
        count(*) filter (where hub_type <> 'none yet' and hub_services = {{ hub_services() | length }})
            as clusters_with_whole_hub
    from {{ ref('outputs_by_cluster') }}
    group by reporting_year

),

opportunities_once as (

    -- one that two clusters introduce to is one: where reference, buyer and value all agree
    select *
    from {{ ref('int_opportunities') }}
    qualify row_number() over (
        partition by
            reporting_year, opportunity_key, plain_buyer, value_gbp,
            case when plain_buyer is null or value_gbp is null then cluster_id end
        order by case stage when 'won' then 1 when 'bid' then 2 when 'introduced' then 3 else 4 end, cluster_id
    ) = 1

),

opportunities as (

    select
        reporting_year,
        {{- opportunities_by_stage() }}
    from opportunities_once
    group by reporting_year

)

select
    organisations.reporting_year,
    years.returns_received,
    years.returns_due,
    organisations.clusters,
    clusters.clusters_with_return,
    organisations.enrolled as enrolled_organisations,
    organisations.supported as supported_organisations,
    clusters.supported_of_clusters - organisations.supported as supported_organisations_counted_once,
    organisations.grew as grown_organisations,
    organisations.grew_by_target as grown_by_target_organisations,
    targets.supported_target * organisations.clusters as supported_target,
    {%- for column in referral_schemes().values() %}
    organisations.{{ column }} as {{ column }}_organisations,
    organisations.{{ column }}_accepted as {{ column }}_accepted_organisations,
    clusters.clusters_at_{{ column }}_target,
    {%- endfor %}
    clusters.clusters_with_hub,
    clusters.clusters_with_whole_hub,
    {%- for stage in ['introduced', 'bid', 'won', 'lost'] %}
    coalesce(opportunities.opportunities_{{ stage }}, 0) as opportunities_{{ stage }},
    opportunities.brokerage_{{ stage }}_gbp,
    {%- endfor %}
    coalesce(opportunities.opportunities_without_value, 0) as opportunities_without_value,
    clusters.opportunities_of_clusters - coalesce(opportunities.opportunities_introduced, 0)
        as opportunities_counted_once,
    targets.brokerage_target_gbp,
    {{ rounded('opportunities.brokerage_introduced_gbp / nullif(targets.brokerage_target_gbp, 0)', 6) }}
        as brokerage_introduced_share,
    {{ rounded('opportunities.brokerage_won_gbp / nullif(targets.brokerage_target_gbp, 0)', 6) }} as brokerage_won_share
from organisations
cross join targets
inner join clusters on organisations.reporting_year = clusters.reporting_year
left join opportunities on organisations.reporting_year = opportunities.reporting_year
left join {{ ref('int_programme_years') }} as years on organisations.reporting_year = years.reporting_year
