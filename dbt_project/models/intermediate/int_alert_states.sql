-- One row per alert of tonight, with what was decided about it and whether that still holds.
with

alerts as (

    select
        alert_id,
        severity,
        observed,
        value
    from {{ ref('int_alerts') }}

),

decisions as (

    select * from {{ ref('int_decisions') }}

),

compared as (

    select
        alerts.alert_id,
        decisions.decision_id,
        decisions.kind,
        decisions.letter_id,
        decisions.decided_on,
        decisions.reason,
        decisions.explanation,
        decisions.until,
        decisions.has_expired,
        decisions.severity as decided_severity,
        alerts.severity,
        decisions.observed as decided_observed,
        alerts.observed,
        case
            when alerts.value is not null and decisions.low is not null
                then alerts.value between decisions.low and decisions.high
            else coalesce(alerts.observed, '') = coalesce(decisions.observed, '')
        end as is_same_figure
    from alerts
    left join decisions on alerts.alert_id = decisions.alert_id

),

judged as (

    select
        *,
        case
            when decision_id is null or kind = 'reopen' then null
            when has_expired then 'The decision held until ' || {{ spoken_date('until') }} || '.'
            when not is_same_figure
                then
                    'It was decided about ' || coalesce(decided_observed, 'a blank') || '; now it is '
                    || coalesce(observed, 'blank') || '.'
            when severity <> decided_severity
                then
                    'The rule judged ' || decided_severity || ' when it was decided, and now judges ' || severity || '.'
        end as reopened_because
    from compared

)

select
    alert_id,
    case
        when decision_id is null then 'new'
        when kind = 'reopen' or reopened_because is not null then 'reopened'
        when kind = 'acknowledge' then 'acknowledged'
        -- a decision to ask asks nobody: a letter does
        when kind = 'ask' and letter_id is null then 'to be asked'
        when kind = 'ask' then 'waiting for the agency'
        when kind = 'confirm' then 'confirmed'
        when kind = 'correct' then 'corrected'
        when kind = 'leave-out' then 'left out'
        when kind = 'rule-wrong' then 'rule wrong'
    end as status,
    coalesce(
        reopened_because is null and kind in ('confirm', 'correct', 'leave-out', 'rule-wrong'), false
    ) as is_settled,
    reopened_because,
    decision_id,
    kind as decision,
    decided_on,
    reason,
    explanation
from judged
