-- One row per cluster, organisation and reporting year in which it is expected, with the years it has not answered.
with

expected as (

    select * from {{ ref('int_organisations_expected') }}

),

organisation_years as (

    select
        cluster_id,
        organisation_id,
        reporting_year,
        answered
    from {{ ref('int_organisation_years') }}

),

answers as (

    select
        expected.cluster_id,
        expected.cluster_name,
        expected.organisation_id,
        expected.organisation_name,
        expected.reporting_year,
        expected.receipt_id,
        coalesce(organisation_years.answered, false) as answered
    from expected
    left join organisation_years
        on
            expected.cluster_id = organisation_years.cluster_id
            and expected.organisation_id = organisation_years.organisation_id
            and expected.reporting_year = organisation_years.reporting_year

)

select
    *,
    lag(answered) over earlier as answered_year_before,
    lag(reporting_year) over earlier as year_before
from answers
window earlier as (partition by cluster_id, organisation_id order by reporting_year)
