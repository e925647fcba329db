-- One row per decision about an alert, by the day as of which the release counts.
with

decisions as (

    select * from {{ source('operations', 'decisions') }}
    where decided_on <= cast('{{ var("as_of") }}' as date)

),

alerts as (

    select * from {{ source('operations', 'alerts') }}

),

last_decisions as (

    select decision_id from {{ ref('int_decisions') }}

),

states as (

    select
        alert_id,
        is_settled
    from {{ ref('int_alert_states') }}

)

select
    decisions.decision_id,
    decisions.alert_id,
    alerts.rule_code,
    alerts.cluster_id,
    alerts.organisation_id,
    alerts.organisation_name,
    alerts.reporting_year,
    alerts.field,
    decisions.kind,
    decisions.decided_on,
    nullif(decisions.reason, '') as reason,
    decisions.explanation,
    decisions.observed,
    decisions.value,
    decisions.low,
    decisions.high,
    decisions.until,
    decisions.new_value,
    nullif(decisions.source, '') as source,
    last_decisions.decision_id is not null as is_last,
    last_decisions.decision_id is not null and coalesce(states.is_settled, false) as settles_tonight
from decisions
inner join alerts on decisions.alert_id = alerts.alert_id
left join last_decisions on decisions.decision_id = last_decisions.decision_id
left join states on decisions.alert_id = states.alert_id
