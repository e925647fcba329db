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

deflators as (

    select * from {{ ref('int_deflators') }}

),

baselines as (

    select * from {{ ref('int_baselines') }}

),

clusters as (

    select
        cluster_id,
        {{ financial_year_start('started_on') }} as started_in
    from {{ source('programme', 'clusters') }}

),

priced as (

    -- prices of the financial year that holds the middle of the accounting period
    select
        *,
        coalesce(
            {{ financial_year_start(middle_of('period_starts_on', 'period_ends_on')) }},
            {{ year_start('reporting_year') }}
        ) as priced_in
    from organisation_years

),

paired as (

    select
        this.*,
        last.reporting_year as last_reporting_year,
        last.total_income_gbp as last_total_income_gbp,
        last.total_income_annualised_gbp as last_total_income_annualised_gbp,
        last.priced_in as last_priced_in,
        this_held.cluster_id is not null as is_held_back,
        this_held.cluster_id is not null or last_held.cluster_id is not null as pair_is_held_back
    from priced as this
    left join priced as last
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
                then {{ rounded('total_income_annualised_gbp / last_total_income_annualised_gbp - 1', 6) }}
        end as growth_ratio,
        case
            when growth_status = 'counted' and last_total_income_gbp > 0
                then {{ rounded('total_income_gbp / last_total_income_gbp - 1', 6) }}
        end as growth_as_sent_ratio
    from judged

),

real_terms as (

    -- pounds of 2024; a year whose price level is not known has no value in them
    select
        grown.*,
        this_prices.price_index,
        last_prices.price_index as last_price_index,
        grown.total_income_annualised_gbp * 100 / this_prices.price_index as constant_gbp,
        grown.last_total_income_annualised_gbp * 100 / last_prices.price_index as last_constant_gbp
    from grown
    left join deflators as this_prices on grown.priced_in = this_prices.starts_in
    left join deflators as last_prices on grown.last_priced_in = last_prices.starts_in

),

on_path as (

    -- the path of the target: the baseline, compounding from its year on, to the tenth year of the cluster
    select
        real_terms.*,
        target.target_growth_ratio,
        baselines.baseline_year,
        baselines.baseline_basis,
        baselines.baseline_turnover_annualised_gbp,
        {{ year_start('real_terms.reporting_year') }} - clusters.started_in + 1 as cluster_year,
        case
            when
                {{ year_start('real_terms.reporting_year') }} >= {{ year_start('baselines.baseline_year') }}
                and {{ year_start('real_terms.reporting_year') }} - clusters.started_in + 1 <= {{ var('path_years') }}
                then
                    baselines.baseline_turnover_annualised_gbp
                    * power(
                        1 + target.target_growth_ratio,
                        {{ year_start('real_terms.reporting_year') }} - {{ year_start('baselines.baseline_year') }}
                    )
        end as path_gbp
    from real_terms
    left join target on true
    left join clusters on real_terms.cluster_id = clusters.cluster_id
    left join baselines
        on
            real_terms.cluster_id = baselines.cluster_id
            and real_terms.organisation_id = baselines.organisation_id

)

select
    on_path.cluster_id,
    on_path.cluster_name,
    on_path.organisation_id,
    on_path.organisation_name,
    on_path.reporting_year,
    on_path.participant_class,
    on_path.response_status,
    on_path.answered,
    on_path.total_income_gbp as turnover_gbp,
    on_path.total_income_gbp_missing as turnover_missing_reason,
    flags.total_income_gbp_flag as turnover_flag,
    on_path.accounting_months,
    {{ rounded('on_path.total_income_annualised_gbp', 2) }} as turnover_annualised_gbp,
    on_path.last_reporting_year as previous_reporting_year,
    on_path.last_total_income_gbp as previous_turnover_gbp,
    {{ rounded('on_path.last_total_income_annualised_gbp', 2) }} as previous_turnover_annualised_gbp,
    on_path.growth_ratio,
    on_path.growth_as_sent_ratio,
    {{ reporting_year_from('on_path.priced_in') }} as price_year,
    on_path.price_index,
    {{ rounded('on_path.constant_gbp', 2) }} as turnover_constant_gbp,
    {{ rounded('on_path.last_constant_gbp', 2) }} as previous_turnover_constant_gbp,
    case
        when on_path.growth_status = 'counted'
            then {{ rounded('on_path.constant_gbp / on_path.last_constant_gbp - 1', 6) }}
    end as real_growth_ratio,
    case
        when on_path.growth_status <> 'counted' then on_path.growth_status
        when on_path.price_index is null
            then 'no price level for ' || {{ reporting_year_from('on_path.priced_in') }}
        when on_path.last_price_index is null
            then 'no price level for ' || {{ reporting_year_from('on_path.last_priced_in') }}
    end as real_growth_reason,
    on_path.growth_status,
    on_path.growth_status = 'counted' as counts_for_growth,
    on_path.growth_ratio >= on_path.target_growth_ratio as at_target,
    on_path.target_growth_ratio,
    on_path.cluster_year,
    on_path.baseline_year,
    on_path.baseline_basis,
    {{ rounded('on_path.baseline_turnover_annualised_gbp', 2) }} as baseline_turnover_annualised_gbp,
    {{ rounded('on_path.path_gbp', 2) }} as path_turnover_gbp,
    case
        when not on_path.is_held_back
            then {{ rounded(
                rounded('on_path.total_income_annualised_gbp', 2) ~ ' - ' ~ rounded('on_path.path_gbp', 2), 2
            ) }}
    end as distance_from_path_gbp,
    case
        when not on_path.is_held_back
            -- beside a path below zero a ratio says nothing
            then {{ rounded('on_path.total_income_annualised_gbp / nullif(greatest(on_path.path_gbp, 0), 0) - 1', 6) }}
    end as distance_from_path_ratio,
    on_path.is_held_back,
    on_path.traded_income_gbp,
    {{ rounded('on_path.traded_income_gbp / nullif(on_path.total_income_gbp, 0)', 6) }} as trading_share,
    on_path.figures_from,
    on_path.receipt_id,
    on_path.sheet,
    places.column_letters || cast(on_path.row_number as {{ dbt.type_string() }}) as cell
from on_path
left join {{ ref('int_figure_flags') }} as flags
    on
        on_path.cluster_id = flags.cluster_id
        and on_path.organisation_id = flags.organisation_id
        and on_path.reporting_year = flags.reporting_year
left join places
    on
        on_path.receipt_id = places.receipt_id
        and on_path.sheet = places.sheet
