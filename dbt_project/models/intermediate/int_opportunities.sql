-- One row per cluster, reporting year and opportunity introduced by then, as it stood in that year.
with

brokerage as (

    select
        *,
        -- a row without a reference is an opportunity of its own
        coalesce(
            {{ plain_name('opportunity') }}, receipt_id || ' ' || cast(row_number as {{ dbt.type_string() }})
        ) as opportunity_key
    from {{ ref('stg_brokerage') }}

),

cluster_years as (

    select * from {{ ref('int_cluster_years') }}

),

told as (

    select
        cluster_years.cluster_id,
        cluster_years.reporting_year,
        brokerage.opportunity_key,
        brokerage.opportunity,
        {{ plain_name('brokerage.buyer') }} as plain_buyer,
        brokerage.buyer_sector,
        brokerage.stage,
        brokerage.value_gbp,
        brokerage.reporting_year
        || '-'
        || lpad(cast(brokerage.row_number as {{ dbt.type_string() }}), 9, '0') as told_in
    from cluster_years
    inner join brokerage
        on
            cluster_years.cluster_id = brokerage.cluster_id
            and cluster_years.reporting_year >= brokerage.reporting_year

)

select
    cluster_id,
    reporting_year,
    opportunity_key,
    max_by(opportunity, told_in) as opportunity,
    -- what a later return leaves out still holds
    max_by(plain_buyer, told_in) filter (where plain_buyer is not null) as plain_buyer,
    max_by(buyer_sector, told_in) filter (where buyer_sector is not null) as buyer_sector,
    max_by(stage, told_in) filter (where stage is not null) as stage,
    coalesce(bool_or(stage in ('bid', 'won', 'lost')), false) as was_bid_for,
    max_by(value_gbp, told_in) filter (where value_gbp is not null) as value_gbp
from told
group by cluster_id, reporting_year, opportunity_key
