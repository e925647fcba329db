-- One row per accounting period: what an hour of a volunteer is worth in it, by the default method.
with

organisation_years as (

    select distinct
        period_starts_on,
        period_ends_on
    from {{ ref('int_organisation_years') }}
    where period_ends_on is not null

),

wages as (

    select * from {{ ref('wages') }}

),

method as (

    select
        max(method_id) as method_id,
        max(method_version) as method_version,
        max(case when bound = 'high' then fallback_factor end) as high_fallback_factor
    from {{ ref('social_value_method') }}
    where measure = 'volunteer_hour'

),

minimum_wage as (

    -- the rate in force on the last day of the period; a rate that is not known yet stays unknown
    select
        organisation_years.period_starts_on,
        organisation_years.period_ends_on,
        wages.value
    from organisation_years
    inner join wages on cast(wages.effective_from as date) <= organisation_years.period_ends_on
    where wages.series = 'nlw'
    qualify row_number() over (
        partition by organisation_years.period_starts_on, organisation_years.period_ends_on
        order by wages.effective_from desc
    ) = 1

),

regional_median as (

    -- the median of the April inside the period
    select
        organisation_years.period_starts_on,
        organisation_years.period_ends_on,
        max_by(wages.value, wages.effective_from) as value
    from organisation_years
    inner join wages
        on
            cast(wages.effective_from || '-30' as date)
            between organisation_years.period_starts_on and organisation_years.period_ends_on
    where wages.series = 'ashe_wm_hourly_median'
    group by organisation_years.period_starts_on, organisation_years.period_ends_on

),

mean_earnings as (

    select
        cast(effective_from as integer) as calendar_year,
        value
    from wages
    where series = 'awe_over_35h'

)

select
    organisation_years.period_starts_on,
    organisation_years.period_ends_on,
    method.method_id,
    method.method_version,
    minimum_wage.value as low_gbp,
    coalesce(regional_median.value, minimum_wage.value) as central_gbp,
    coalesce(
        mean_earnings.value, coalesce(regional_median.value, minimum_wage.value) * method.high_fallback_factor
    ) as high_gbp,
    regional_median.value is null or mean_earnings.value is null as is_fallback
from organisation_years
cross join method
left join minimum_wage
    on
        organisation_years.period_ends_on = minimum_wage.period_ends_on
        and organisation_years.period_starts_on is not distinct from minimum_wage.period_starts_on
left join regional_median
    on
        organisation_years.period_ends_on = regional_median.period_ends_on
        and organisation_years.period_starts_on is not distinct from regional_median.period_starts_on
left join mean_earnings on extract(year from organisation_years.period_ends_on) = mean_earnings.calendar_year
