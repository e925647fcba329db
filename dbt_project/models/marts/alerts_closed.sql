-- One row per alert that an earlier night published and that no longer fires.
with

known as (

    select * from {{ source('operations', 'alerts') }}

),

sightings as (

    select * from {{ ref('int_sightings') }}

),

tonight as (

    select alert_id from {{ ref('int_alerts') }}
    where not is_shadow

),

corrections as (

    select
        cluster_id,
        organisation_id,
        reporting_year,
        field,
        kind
    from {{ ref('int_corrections') }}

),

decisions as (

    select
        alert_id,
        kind
    from {{ ref('int_decisions') }}

),

counting as (

    select
        cluster_id,
        reporting_year,
        receipt_id
    from {{ ref('int_returns') }}
    where counts

),

closed as (

    select
        known.*,
        sightings.first_seen_on,
        sightings.last_seen_on,
        sightings.times_seen,
        decisions.kind as decision,
        corrections.kind as correction,
        case
            when known.receipt_id is null or known.receipt_id <> counting.receipt_id then counting.receipt_id
        end as resolved_by_receipt_id
    from known
    inner join sightings on known.alert_id = sightings.alert_id
    left join tonight on known.alert_id = tonight.alert_id
    left join decisions on known.alert_id = decisions.alert_id
    left join counting
        on
            known.cluster_id = counting.cluster_id
            and known.reporting_year = counting.reporting_year
    left join corrections
        on
            known.cluster_id = corrections.cluster_id
            and known.organisation_id = corrections.organisation_id
            and known.reporting_year = corrections.reporting_year
            and known.field = corrections.field
    where tonight.alert_id is null

)

select
    alert_id,
    rule_code,
    severity,
    cluster_id,
    cluster_name,
    organisation_id,
    organisation_name,
    reporting_year,
    field,
    label,
    observed,
    value,
    message,
    receipt_id,
    first_seen_on,
    last_seen_on,
    times_seen,
    case
        when correction = 'correct' then 'corrected by a steward'
        when correction = 'leave-out' then 'left out by a steward'
        when resolved_by_receipt_id is not null and receipt_id is null then 'the return came in'
        when resolved_by_receipt_id is not null then 'a new return put it right'
        else 'the rule, the register or another figure changed'
    end as closed_because,
    resolved_by_receipt_id,
    decision
from closed
