-- One row per organisation that should be in the return of its cluster, for every return that counts.
with

returns as (

    select
        receipt_id,
        cluster_id,
        cluster_name,
        reporting_year
    from {{ ref('int_returns') }}
    where counts

),

reporting_years as (

    select * from {{ source('programme', 'reporting_years') }}

),

enrolments as (

    select * from {{ ref('int_enrolments') }}

),

organisation_years as (

    select
        cluster_id,
        organisation_id,
        organisation_name,
        reporting_year,
        coalesce(response_status, 'answered') as response_status
    from {{ ref('int_organisation_years') }}

),

registered_clusters as (

    select distinct cluster_id from enrolments

),

registered as (

    -- the register knows the cluster: whoever is enrolled on any day of the year
    select
        returns.receipt_id,
        enrolments.organisation_id,
        max(enrolments.organisation_name) as organisation_name
    from returns
    inner join reporting_years on returns.reporting_year = reporting_years.reporting_year
    inner join enrolments on returns.cluster_id = enrolments.cluster_id
    where
        enrolments.enrolled_on <= reporting_years.ends_on
        and (enrolments.left_on is null or enrolments.left_on >= reporting_years.starts_on)
    group by returns.receipt_id, enrolments.organisation_id

),

carried as (

    -- the register does not know the cluster: whoever was there the year before and did not leave
    select
        returns.receipt_id,
        organisation_years.organisation_id,
        organisation_years.organisation_name
    from returns
    inner join organisation_years
        on
            returns.cluster_id = organisation_years.cluster_id
            and cast(substr(returns.reporting_year, 1, 4) as integer)
            = cast(substr(organisation_years.reporting_year, 1, 4) as integer) + 1
    left join registered_clusters on returns.cluster_id = registered_clusters.cluster_id
    where
        organisation_years.response_status not in ('left', 'closed', 'merged')
        and registered_clusters.cluster_id is null

),

expected as (

    select * from registered
    union all
    select * from carried

)

select
    returns.cluster_id,
    returns.cluster_name,
    returns.reporting_year,
    expected.organisation_id,
    expected.organisation_name,
    expected.receipt_id,
    organisation_years.organisation_id is not null as in_return
from expected
inner join returns on expected.receipt_id = returns.receipt_id
left join organisation_years
    on
        returns.cluster_id = organisation_years.cluster_id
        and returns.reporting_year = organisation_years.reporting_year
        and expected.organisation_id = organisation_years.organisation_id
