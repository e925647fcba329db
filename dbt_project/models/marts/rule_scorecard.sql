-- One row per rule that ever fired.
with

tonight as (

    select * from {{ ref('alerts') }}

),

closed as (

    select * from {{ ref('alerts_closed') }}

),

ever as (

    select
        alert_id,
        rule_code,
        first_seen_on,
        not is_settled as is_open,
        false as is_mended
    from tonight
    union all
    select
        alert_id,
        rule_code,
        first_seen_on,
        false as is_open,
        closed_because = 'a new return put it right' as is_mended
    from closed

),

last_decisions as (

    select
        alert_id,
        kind
    from {{ ref('int_decisions') }}

),

first_settled as (

    select
        alert_id,
        min(decided_on) as settled_on
    from {{ source('operations', 'decisions') }}
    where
        kind in ('confirm', 'correct', 'leave-out', 'rule-wrong')
        and decided_on <= cast('{{ var("as_of") }}' as date)
    group by alert_id

),

judged as (

    select
        ever.*,
        coalesce(last_decisions.kind in ('correct', 'leave-out'), false)
        or (ever.is_mended and coalesce(last_decisions.kind, 'ask') not in ('confirm', 'rule-wrong')) as was_error,
        coalesce(last_decisions.kind = 'confirm', false) as was_correct,
        coalesce(last_decisions.kind = 'rule-wrong', false) as was_rule_wrong,
        {{ dbt.datediff('ever.first_seen_on', 'first_settled.settled_on', 'day') }} as days_to_decision
    from ever
    left join last_decisions on ever.alert_id = last_decisions.alert_id
    left join first_settled on ever.alert_id = first_settled.alert_id

),

counted as (

    select
        rule_code,
        count(*) as fired,
        count(*) filter (where was_error) as confirmed_errors,
        count(*) filter (where was_correct) as confirmed_correct,
        count(*) filter (where was_rule_wrong) as rule_wrong,
        count(*) filter (where is_open) as still_open,
        median(days_to_decision) as median_days_to_decision
    from judged
    group by rule_code

)

select
    rule_code,
    fired,
    {{ rounded('cast(fired as double) / sum(fired) over ()', 6) }} as share_of_alerts,
    confirmed_errors,
    confirmed_correct,
    rule_wrong,
    still_open,
    cast(median_days_to_decision as double) as median_days_to_decision,
    case
        when confirmed_errors + confirmed_correct + rule_wrong > 0
            then
                {{ rounded(
                    'cast(confirmed_errors as double) / (confirmed_errors + confirmed_correct + rule_wrong)', 6
                ) }}
    end as precision_share,
    -- most of what was decided about was right after all
    confirmed_correct + rule_wrong >= {{ var('wolf_least') }}
    and confirmed_correct + rule_wrong > {{ var('wolf_share') }} * (confirmed_errors + confirmed_correct + rule_wrong)
        as cries_wolf
from counted
