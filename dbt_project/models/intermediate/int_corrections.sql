-- One row per figure of an organisation that a steward put right or left out; without a field, all of its figures.
with

decisions as (

    select * from {{ ref('int_decisions') }}
    where kind in ('correct', 'leave-out') and not has_expired

),

alerts as (

    select * from {{ source('operations', 'alerts') }}
    where organisation_id is not null

),

fields as (

    select
        field,
        least,
        most
    from {{ source('landed', 'fields') }}
    where table_name = 'organisations'

)

select
    alerts.cluster_id,
    alerts.organisation_id,
    alerts.reporting_year,
    alerts.field,
    decisions.kind,
    decisions.value as old_value,
    -- a figure that is beyond the bounds of today counts as little as one that was left out
    case
        when decisions.kind = 'correct' and decisions.new_value between fields.least and fields.most
            then decisions.new_value
    end as new_value,
    decisions.alert_id,
    decisions.decision_id,
    decisions.decided_on,
    decisions.explanation,
    decisions.source
from decisions
inner join alerts on decisions.alert_id = alerts.alert_id
left join fields on alerts.field = fields.field
where
    (alerts.field is null and decisions.kind = 'leave-out')
    {%- for figure in figure_fields() %}
    or alerts.field = '{{ figure }}'
    {%- endfor %}
qualify row_number() over (
    partition by alerts.cluster_id, alerts.organisation_id, alerts.reporting_year, alerts.field
    order by decisions.decision_id desc
) = 1
