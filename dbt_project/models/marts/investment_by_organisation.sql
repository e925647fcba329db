-- One row per cluster, organisation and reporting year.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

held_back as (

    select * from {{ ref('int_held_back') }}
    where kpi = 'investment'

)

select
    organisation_years.cluster_id,
    organisation_years.cluster_name,
    organisation_years.organisation_id,
    organisation_years.organisation_name,
    organisation_years.reporting_year,
    organisation_years.answered,
    held_back.cluster_id is not null as is_held_back,
    organisation_years.investment_received_gbp,
    organisation_years.investment_received_gbp_missing as investment_missing_reason,
    case when organisation_years.investment_received_gbp > 0 then 'not asked' end as investment_kind,
    organisation_years.receipt_id
from organisation_years
left join held_back
    on
        organisation_years.cluster_id = held_back.cluster_id
        and organisation_years.organisation_id = held_back.organisation_id
        and organisation_years.reporting_year = held_back.reporting_year
