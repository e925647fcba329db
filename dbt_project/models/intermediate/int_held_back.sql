-- One row per cluster, organisation, reporting year and KPI that an unsettled error keeps out of growth.
with

alerts as (

    select
        cluster_id,
        organisation_id,
        reporting_year,
        kpi
    from {{ ref('alerts') }}
    where holds_back

),

kpis as (

    select distinct kpi
    from {{ source('landed', 'fields') }}
    where kpi is not null

)

-- an error about who the organisation is holds back all of its figures
select distinct
    alerts.cluster_id,
    alerts.organisation_id,
    alerts.reporting_year,
    kpis.kpi
from alerts
inner join kpis on coalesce(alerts.kpi, kpis.kpi) = kpis.kpi
