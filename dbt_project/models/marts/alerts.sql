-- One row per rule, subject and figure at which the rule fires.
with

alerts as (

    select * from {{ ref('int_alerts') }}
    where not is_shadow

),

states as (

    select * from {{ ref('int_alert_states') }}

),

sightings as (

    select * from {{ ref('int_sightings') }}

),

impacts as (

    select * from {{ ref('int_alert_impacts') }}

)

select
    alerts.alert_id,
    alerts.rule_code,
    alerts.rule_title,
    alerts.severity,
    alerts.level,
    alerts.dimension,
    alerts.mend,
    states.status,
    states.is_settled,
    alerts.holds_back and not states.is_settled as holds_back,
    alerts.cluster_id,
    alerts.cluster_name,
    alerts.organisation_id,
    alerts.organisation_name,
    alerts.reporting_year,
    alerts.field,
    alerts.label,
    alerts.kpi,
    alerts.observed,
    alerts.value,
    alerts.expected,
    alerts.expected_low,
    alerts.expected_high,
    impacts.earlier_value,
    impacts.earlier_year,
    alerts.message,
    alerts.ask,
    impacts.hypothesis,
    impacts.hypothesis_value,
    impacts.impact,
    impacts.impact_ratio,
    alerts.receipt_id,
    alerts.file_name,
    alerts.sheet,
    alerts.cell,
    coalesce(sightings.first_seen_on, cast('{{ var("as_of") }}' as date)) as first_seen_on,
    cast('{{ var("as_of") }}' as date) as last_seen_on,
    coalesce(sightings.times_seen_before, 0) + 1 as times_seen,
    states.decision,
    states.decided_on,
    states.reason as decision_reason,
    states.explanation as decision_explanation,
    states.reopened_because
from alerts
inner join states on alerts.alert_id = states.alert_id
left join sightings on alerts.alert_id = sightings.alert_id
left join impacts on alerts.alert_id = impacts.alert_id
