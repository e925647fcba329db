-- One row per brokered opportunity of a return that counts, with another cluster's that may be the same.
with

brokerage as (

    select
        stg_brokerage.*,
        returns.cluster_name,
        {{ plain_name('stg_brokerage.buyer') }} as plain_buyer
    from {{ ref('stg_brokerage') }} as stg_brokerage
    inner join {{ ref('int_returns') }} as returns on stg_brokerage.receipt_id = returns.receipt_id
    where returns.counts

),

claimed_twice as (

    -- the same buyer, within 1% of the value and 30 days
    select
        this.receipt_id,
        this.sheet,
        this.row_number,
        min(other.cluster_name) as other_cluster_name
    from brokerage as this
    inner join brokerage as other
        on
            this.plain_buyer = other.plain_buyer
            and this.cluster_id <> other.cluster_id
    where
        abs(this.value_gbp - other.value_gbp) <= 0.01 * this.value_gbp
        and abs({{ dbt.datediff('this.introduced_on', 'other.introduced_on', 'day') }}) <= 30
    group by this.receipt_id, this.sheet, this.row_number

),

introduced as (

    -- one opportunity may be reported in several years, each with the stage reached by then
    select
        cluster_id,
        opportunity,
        min_by(value_gbp, reporting_year) as first_value_gbp,
        min(reporting_year) as first_reporting_year
    from brokerage
    where opportunity is not null and value_gbp is not null
    group by cluster_id, opportunity

)

select
    brokerage.receipt_id,
    brokerage.cluster_id,
    brokerage.cluster_name,
    brokerage.reporting_year,
    brokerage.sheet,
    brokerage.row_number,
    brokerage.opportunity,
    brokerage.buyer,
    brokerage.buyer_sector,
    brokerage.stage,
    brokerage.organisations,
    brokerage.introduced_on,
    brokerage.value_gbp,
    claimed_twice.other_cluster_name,
    introduced.first_value_gbp,
    introduced.first_reporting_year
from brokerage
left join claimed_twice
    on
        brokerage.receipt_id = claimed_twice.receipt_id
        and brokerage.sheet = claimed_twice.sheet
        and brokerage.row_number = claimed_twice.row_number
left join introduced
    on
        brokerage.cluster_id = introduced.cluster_id
        and brokerage.opportunity = introduced.opportunity
