-- One row per cluster and reporting year with a return that counts: what the return as a whole says.
with

returns as (

    select * from {{ ref('int_returns') }}
    where counts

),

cover as (

    select * from {{ ref('stg_cover') }}

),

clusters as (

    select
        cluster_id,
        {{ financial_year_start('started_on') }} as started_in
    from {{ source('programme', 'clusters') }}

),

grant_schedule as (

    select * from {{ source('programme', 'grant_schedule') }}

),

references_to as (

    select * from {{ ref('int_organisation_references') }}

),

accounts as (

    select
        receipt_id,
        count(period_ends_on) as accounts_dated,
        count(*) filter (
            where period_ends_on < year_starts_on or period_ends_on > year_ends_on
        ) as accounts_outside,
        max(outside_share) as outside_share
    from {{ ref('int_organisation_years') }}
    group by receipt_id

),

supported as (

    -- an organisation counts from the first year in which support of it is reported
    select
        support.cluster_id,
        references_to.organisation_id,
        min(support.reporting_year) as first_year
    from {{ ref('stg_support') }} as support
    inner join references_to
        on
            support.receipt_id = references_to.receipt_id
            and {{ plain_name('support.organisation') }} = references_to.reference
    group by support.cluster_id, references_to.organisation_id

),

supported_by_year as (

    select
        returns.cluster_id,
        returns.reporting_year,
        count(supported.organisation_id) as supported_so_far
    from returns
    left join supported
        on
            returns.cluster_id = supported.cluster_id
            and returns.reporting_year >= supported.first_year
    group by returns.cluster_id, returns.reporting_year

),

expected as (

    select
        expected.cluster_id,
        expected.reporting_year,
        count(*) as organisations_expected,
        count(*) filter (where organisation_years.answered) as organisations_answered,
        sum(baselines.baseline_turnover_gbp) as baseline_expected_gbp,
        sum(baselines.baseline_turnover_gbp) filter (where organisation_years.answered) as baseline_answered_gbp
    from {{ ref('int_organisations_expected') }} as expected
    left join {{ ref('int_organisation_years') }} as organisation_years
        on
            expected.cluster_id = organisation_years.cluster_id
            and expected.organisation_id = organisation_years.organisation_id
            and expected.reporting_year = organisation_years.reporting_year
    left join {{ ref('int_baselines') }} as baselines
        on
            expected.cluster_id = baselines.cluster_id
            and expected.organisation_id = baselines.organisation_id
    group by expected.cluster_id, expected.reporting_year

),

changes as (

    select
        cluster_id,
        reporting_year,
        organisation_name,
        total_income_annualised_gbp as this_gbp,
        previous_total_income_annualised_gbp as last_gbp,
        total_income_annualised_gbp - previous_total_income_annualised_gbp as change_gbp,
        total_income_annualised_gbp / previous_total_income_annualised_gbp - 1 as growth_ratio
    from {{ ref('int_year_pairs') }}
    where
        years_between = 1
        and total_income_annualised_gbp > 0
        and previous_total_income_annualised_gbp >= {{ var('small_base_gbp') }}

),

growth as (

    select
        cluster_id,
        reporting_year,
        count(*) as growth_pairs,
        sum(this_gbp) / sum(last_gbp) - 1 as total_growth_ratio,
        median(growth_ratio) as median_growth_ratio,
        stddev_samp(growth_ratio) as growth_spread,
        cast(count(*) filter (where growth_ratio >= 0.15) as double) / count(*) as share_at_target,
        max(abs(change_gbp)) as largest_change_gbp,
        max_by(organisation_name, abs(change_gbp)) as largest_change_by,
        sum(change_gbp) as change_gbp
    from changes
    group by cluster_id, reporting_year

)

select
    returns.cluster_id,
    returns.cluster_name,
    returns.reporting_year,
    returns.receipt_id,
    cover.sheet,
    cover.row_number,
    cover.grant_received_gbp,
    cover.coordination_spend_gbp,
    cover.operational_spend_gbp,
    {{ year_start('returns.reporting_year') }} - clusters.started_in + 1 as cluster_year,
    grant_schedule.grant_gbp as grant_scheduled_gbp,
    grant_schedule.coordination_share as coordination_limit_share,
    supported_by_year.supported_so_far,
    lag(supported_by_year.supported_so_far) over (
        partition by returns.cluster_id order by returns.reporting_year
    ) as supported_before,
    expected.organisations_expected,
    expected.organisations_answered,
    cast(expected.organisations_answered as double) / nullif(expected.organisations_expected, 0)
        as response_share,
    expected.baseline_answered_gbp / nullif(expected.baseline_expected_gbp, 0) as response_by_turnover_share,
    accounts.accounts_dated,
    accounts.accounts_outside,
    accounts.outside_share,
    growth.growth_pairs,
    growth.total_growth_ratio,
    growth.median_growth_ratio,
    growth.growth_spread,
    growth.share_at_target,
    growth.largest_change_by,
    growth.largest_change_gbp / nullif(abs(growth.change_gbp), 0) as largest_change_share
from returns
left join cover on returns.receipt_id = cover.receipt_id
left join accounts on returns.receipt_id = accounts.receipt_id
left join clusters on returns.cluster_id = clusters.cluster_id
left join grant_schedule
    on {{ year_start('returns.reporting_year') }} - clusters.started_in + 1 = grant_schedule.cluster_year
left join supported_by_year
    on
        returns.cluster_id = supported_by_year.cluster_id
        and returns.reporting_year = supported_by_year.reporting_year
left join expected
    on
        returns.cluster_id = expected.cluster_id
        and returns.reporting_year = expected.reporting_year
left join growth
    on
        returns.cluster_id = growth.cluster_id
        and returns.reporting_year = growth.reporting_year
