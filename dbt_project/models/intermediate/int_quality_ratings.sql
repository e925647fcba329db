-- One row per cluster, reporting year for which a return is due or has come, and KPI.
with

responses as (

    select * from {{ ref('response_by_cluster') }}

),

kpis as (

    select distinct kpi
    from {{ source('landed', 'fields') }}
    where kpi is not null

),

held_back as (

    select
        held_back.cluster_id,
        held_back.reporting_year,
        held_back.kpi,
        count(*) as organisations
    from {{ ref('int_held_back') }} as held_back
    inner join {{ ref('response_by_organisation') }} as response
        on
            held_back.cluster_id = response.cluster_id
            and held_back.organisation_id = response.organisation_id
            and held_back.reporting_year = response.reporting_year
            and response.is_received
    group by held_back.cluster_id, held_back.reporting_year, held_back.kpi

),

alerts as (

    -- an alert about no figure in particular is about all of them
    select
        alerts.cluster_id,
        alerts.reporting_year,
        kpis.kpi,
        count(*) as alerts
    from {{ ref('alerts') }} as alerts
    inner join kpis on coalesce(alerts.kpi, kpis.kpi) = kpis.kpi
    where alerts.severity <> 'info' and not alerts.is_settled
    group by alerts.cluster_id, alerts.reporting_year, kpis.kpi

),

imputed as (

    select
        cluster_id,
        reporting_year,
        kpi,
        count(distinct organisation_id) as organisations
    from {{ ref('int_imputations') }}
    group by cluster_id, reporting_year, kpi

),

known as (

    select
        responses.cluster_id,
        responses.reporting_year,
        kpis.kpi,
        coalesce(responses.organisations_due, 0) as answers_due,
        coalesce(responses.organisations_received, 0) as answers_received,
        coalesce(held_back.organisations, 0) as answers_held_back,
        coalesce(imputed.organisations, 0) as answers_imputed,
        responses.received_turnover_share as answered_turnover_share,
        coalesce(alerts.alerts, 0) as alerts_open
    from responses
    cross join kpis
    left join held_back
        on
            responses.cluster_id = held_back.cluster_id
            and responses.reporting_year = held_back.reporting_year
            and kpis.kpi = held_back.kpi
    left join imputed
        on
            responses.cluster_id = imputed.cluster_id
            and responses.reporting_year = imputed.reporting_year
            and kpis.kpi = imputed.kpi
    left join alerts
        on
            responses.cluster_id = alerts.cluster_id
            and responses.reporting_year = alerts.reporting_year
            and kpis.kpi = alerts.kpi

),

judged as (

    -- the first that holds is the reason
    select
        *,
        case
            when answers_received < {{ var('least_pairs') }}
                then 'fewer than {{ var("least_pairs") }} organisations answered'
            when answers_received < {{ var('quality_low_answered') }} * answers_due
                then 'too few of those due answered'
            when answered_turnover_share < {{ var('quality_low_answered') }}
                then 'those who answered are too small a part of the baseline turnover'
            when answers_held_back > {{ var('quality_low_held_back') }} * answers_received
                then 'too many figures are held back'
        end as why_low,
        case
            when answers_received < {{ var('quality_high_answered') }} * answers_due
                then 'not nearly all of those due answered'
            when answered_turnover_share < {{ var('quality_high_answered') }}
                then 'those who answered are not nearly all of the baseline turnover'
            when answers_held_back > {{ var('quality_high_held_back') }} * answers_received
                then 'some figures are held back'
        end as why_medium
    from known

)

select
    cluster_id,
    reporting_year,
    kpi,
    answers_due,
    answers_received,
    answers_held_back,
    answers_imputed,
    answered_turnover_share,
    alerts_open,
    case
        when why_low is not null then 'low'
        when why_medium is not null then 'medium'
        else 'high'
    end as quality_rating,
    coalesce(why_low, why_medium, 'nearly all answered, and hardly any figure is held back') as quality_reason
from judged
