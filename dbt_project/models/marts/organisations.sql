-- One row per organisation.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

spans as (

    select
        organisation_id,
        min(reporting_year) as first_reporting_year,
        max(reporting_year) as last_reporting_year,
        count(distinct reporting_year) as reporting_years,
        count(distinct cluster_id) as clusters
    from organisation_years
    group by organisation_id

),

newest as (

    select *
    from organisation_years
    qualify row_number() over (partition by organisation_id order by reporting_year desc, cluster_id asc) = 1

)

select
    newest.organisation_id,
    newest.organisation_name,
    newest.charity_number,
    newest.company_number,
    newest.mutual_number,
    newest.postcode,
    newest.legal_form,
    newest.sectors,
    newest.participant_class,
    newest.stage,
    newest.fast_track,
    newest.cluster_id,
    newest.cluster_name,
    newest.joined_on,
    newest.left_on,
    newest.response_status,
    spans.first_reporting_year,
    spans.last_reporting_year,
    spans.reporting_years,
    spans.clusters
from newest
inner join spans on newest.organisation_id = spans.organisation_id
