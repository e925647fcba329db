-- One row per alert about which something was decided by this night: the last decision.
with

decisions as (

    select * from {{ source('operations', 'decisions') }}
    where decided_on <= cast('{{ var("as_of") }}' as date)

)

select
    decision_id,
    alert_id,
    kind,
    decided_on,
    nullif(reason, '') as reason,
    explanation,
    severity,
    observed,
    value,
    low,
    high,
    until,
    coalesce(until < cast('{{ var("as_of") }}' as date), false) as has_expired,
    new_value,
    nullif(source, '') as source,
    letter_id
from decisions
qualify row_number() over (partition by alert_id order by decision_id desc) = 1
