-- One row per cluster, organisation and reporting year.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

held_back as (

    select * from {{ ref('int_held_back') }}
    where kpi = 'turnover'

),

places as (

    select
        receipt_id,
        sheet,
        min(column_letters) as column_letters
    from {{ source('landed', 'places') }}
    where table_name = 'organisations' and field = 'total_income_gbp'
    group by receipt_id, sheet

),

target as (

    select value as target_growth_ratio
    from {{ source('programme', 'targets') }}
    where target = 'organisation_turnover_growth'

),

paired as (

    select
        this.*,
        last.reporting_year as last_reporting_year,
        last.total_income_gbp as last_total_income_gbp,
        last.total_income_annualised_gbp as last_total_income_annualised_gbp,
        this_held.cluster_id is not null as is_held_back,
        this_held.cluster_id is not null or last_held.cluster_id is not null as pair_is_held_back
    from organisation_years as this
    left join organisation_years as last
        on
            this.cluster_id = last.cluster_id
            and this.organisation_id = last.organisation_id
            and {{ year_before('this.reporting_year') }} = last.reporting_year
    left join held_back as this_held
        on
            this.cluster_id = this_held.cluster_id
            and this.organisation_id = this_held.organisation_id
            and this.reporting_year = this_held.reporting_year
    left join held_back as last_held
        on
            last.cluster_id = last_held.cluster_id
            and last.organisation_id = last_held.organisation_id
            and last.reporting_year = last_held.reporting_year

),

judged as (

    -- exactly one reason for each row, the first that applies
    select
        *,
        case
            when not answered then response_status
            when participant_class = 'non-trading' then 'non-trading'
            when total_income_gbp is null then 'no figure this year'
            when last_total_income_gbp is null then 'no figure last year'
            when pair_is_held_back then 'held back'
            when last_total_income_annualised_gbp < {{ var('small_base_gbp') }} then 'small base'
            else 'counted'
        end as growth_status
    from paired

),

grown as (

    select
        *,
        case
            when growth_status = 'counted'
                then round(total_income_annualised_gbp / last_total_income_annualised_gbp - 1, 6)
        end as growth_ratio
    from judged

)

select
    grown.cluster_id,
    grown.cluster_name,
    grown.organisation_id,
    grown.organisation_name,
    grown.reporting_year,
    grown.participant_class,
    grown.response_status,
    grown.answered,
    grown.total_income_gbp as turnover_gbp,
    grown.total_income_gbp_missing as turnover_missing_reason,
    grown.accounting_months,
    round(grown.total_income_annualised_gbp, 2) as turnover_annualised_gbp,
    grown.last_reporting_year as previous_reporting_year,
    grown.last_total_income_gbp as previous_turnover_gbp,
    round(grown.last_total_income_annualised_gbp, 2) as previous_turnover_annualised_gbp,
    grown.growth_ratio,
    grown.growth_status,
    grown.growth_status = 'counted' as counts_for_growth,
    grown.growth_ratio >= target.target_growth_ratio as at_target,
    target.target_growth_ratio,
    grown.is_held_back,
    grown.traded_income_gbp,
    round(grown.traded_income_gbp / nullif(grown.total_income_gbp, 0), 6) as trading_share,
    grown.figures_from,
    grown.receipt_id,
    grown.sheet,
    places.column_letters || cast(grown.row_number as {{ dbt.type_string() }}) as cell
from grown
left join target on true
left join places
    on
        grown.receipt_id = places.receipt_id
        and grown.sheet = places.sheet
