-- One row per cluster and organisation: the last accounts before it joined, as they were first accepted.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

first_figures as (

    select * from {{ ref('int_first_figures') }}

),

reporting_years as (

    select * from {{ source('programme', 'reporting_years') }}

),

enrolled as (

    select
        cluster_id,
        organisation_id,
        min(enrolled_on) as enrolled_on
    from {{ ref('int_enrolments') }}
    group by cluster_id, organisation_id

),

joined as (

    -- the register knows better than the returns when an organisation joined
    select
        organisation_years.cluster_id,
        organisation_years.organisation_id,
        max_by(organisation_years.cluster_name, organisation_years.reporting_year) as cluster_name,
        max_by(organisation_years.organisation_name, organisation_years.reporting_year) as organisation_name,
        min(organisation_years.reporting_year) as first_reporting_year,
        max(enrolled.enrolled_on) as enrolled_on,
        coalesce(max(enrolled.enrolled_on), min(organisation_years.joined_on)) as joined_on
    from organisation_years
    left join enrolled
        on
            organisation_years.cluster_id = enrolled.cluster_id
            and organisation_years.organisation_id = enrolled.organisation_id
    group by organisation_years.cluster_id, organisation_years.organisation_id

),

figures as (

    select
        joined.*,
        organisation_years.reporting_year,
        organisation_years.accounting_months,
        organisation_years.total_income_gbp,
        organisation_years.prior_year_income_gbp,
        organisation_years.employees_headcount,
        organisation_years.employees_fte,
        organisation_years.receipt_id,
        coalesce(organisation_years.period_ends_on, reporting_years.ends_on) as accounts_end_on,
        coalesce(organisation_years.period_starts_on, reporting_years.starts_on) as accounts_start_on,
        first_figures.first_total_income_gbp,
        first_figures.first_receipt_id,
        first_figures.first_arrived_on,
        first_figures.first_prior_year_income_gbp,
        first_figures.first_prior_receipt_id,
        first_figures.first_prior_arrived_on,
        first_figures.first_headcount,
        first_figures.first_fte
    from joined
    inner join organisation_years
        on
            joined.cluster_id = organisation_years.cluster_id
            and joined.organisation_id = organisation_years.organisation_id
    left join reporting_years on organisation_years.reporting_year = reporting_years.reporting_year
    left join first_figures
        on
            organisation_years.cluster_id = first_figures.cluster_id
            and organisation_years.organisation_id = first_figures.organisation_id
            and organisation_years.reporting_year = first_figures.reporting_year

),

candidates as (

    select
        *,
        'accounts before joining' as baseline_basis,
        reporting_year as baseline_year,
        1 as preference,
        -{{ year_start('reporting_year') }} as place
    from figures
    where first_total_income_gbp is not null and accounts_end_on < joined_on
    union all
    -- no return from before: what the first return says of the year before it, where that year ended before joining
    select
        *,
        'last year as the first return states it' as baseline_basis,
        {{ year_before('reporting_year') }} as baseline_year,
        2 as preference,
        0 as place
    from figures
    where
        first_prior_year_income_gbp is not null
        and reporting_year = first_reporting_year
        and accounts_start_on <= joined_on
    union all
    -- nothing from before joining at all: growth is counted from here, and the row says so
    select
        *,
        'first accounts sent' as baseline_basis,
        reporting_year as baseline_year,
        3 as preference,
        {{ year_start('reporting_year') }} as place
    from figures
    where first_total_income_gbp is not null

),

chosen as (

    select
        *,
        preference = 2 as is_stated
    from candidates
    qualify row_number() over (partition by cluster_id, organisation_id order by preference, place) = 1

),

restated as (

    -- what the return of the year after says of the baseline year
    select
        cluster_id,
        organisation_id,
        {{ year_before('reporting_year') }} as baseline_year,
        prior_year_income_gbp as restated_gbp
    from organisation_years
    where prior_year_income_gbp is not null

)

select
    joined.cluster_id,
    joined.cluster_name,
    joined.organisation_id,
    joined.organisation_name,
    joined.joined_on,
    case
        when joined.enrolled_on is not null then 'register'
        when joined.joined_on is not null then 'return'
    end as joined_from,
    chosen.baseline_year,
    coalesce(chosen.baseline_basis, 'none') as baseline_basis,
    case when chosen.is_stated then chosen.first_prior_year_income_gbp else chosen.first_total_income_gbp end
        as baseline_turnover_gbp,
    case
        when chosen.is_stated then chosen.first_prior_year_income_gbp
        else chosen.first_total_income_gbp * 12 / coalesce(chosen.accounting_months, 12)
    end as baseline_turnover_annualised_gbp,
    case when chosen.is_stated then chosen.prior_year_income_gbp else chosen.total_income_gbp end
        as turnover_now_sent_gbp,
    case when not chosen.is_stated then restated.restated_gbp end as turnover_restated_gbp,
    case when not chosen.is_stated then chosen.first_headcount end as baseline_headcount,
    case when not chosen.is_stated then chosen.employees_headcount end as headcount_now_sent,
    case when not chosen.is_stated then chosen.first_fte end as baseline_fte,
    case when not chosen.is_stated then chosen.employees_fte end as fte_now_sent,
    case when chosen.is_stated then chosen.first_prior_receipt_id else chosen.first_receipt_id end
        as locked_by_receipt_id,
    case when chosen.is_stated then chosen.first_prior_arrived_on else chosen.first_arrived_on end as locked_on,
    chosen.receipt_id as now_receipt_id
from joined
left join chosen
    on
        joined.cluster_id = chosen.cluster_id
        and joined.organisation_id = chosen.organisation_id
left join restated
    on
        chosen.cluster_id = restated.cluster_id
        and chosen.organisation_id = restated.organisation_id
        and chosen.baseline_year = restated.baseline_year
