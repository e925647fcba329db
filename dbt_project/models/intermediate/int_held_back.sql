-- One row per cluster, organisation, reporting year and KPI that an unsettled error keeps out of growth.
with

alerts as (

    select
        alerts.cluster_id,
        alerts.organisation_id,
        alerts.reporting_year,
        alerts.kpi
    from {{ ref('int_alerts') }} as alerts
    inner join {{ ref('int_alert_states') }} as states on alerts.alert_id = states.alert_id
    where alerts.holds_back and not alerts.is_shadow and not states.is_settled

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
