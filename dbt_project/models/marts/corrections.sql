-- One row per figure of an organisation that a steward put right or left out.
with

corrections as (

    select * from {{ ref('int_corrections') }}

),

as_sent as (

    select
        cluster_id,
        organisation_id,
        reporting_year,
        organisation_name,
        corrected_fields
    from {{ ref('int_organisation_years') }}

),

fields as (

    select
        field,
        label,
        kpi
    from {{ source('landed', 'fields') }}
    where table_name = 'organisations'

)

select
    corrections.cluster_id,
    corrections.organisation_id,
    as_sent.organisation_name,
    corrections.reporting_year,
    corrections.field,
    fields.label,
    fields.kpi,
    corrections.kind,
    corrections.old_value,
    corrections.new_value,
    corrections.source,
    corrections.explanation,
    corrections.decided_on,
    corrections.alert_id,
    corrections.decision_id,
    coalesce(as_sent.corrected_fields like '%,' || coalesce(corrections.field, '') || '%', false) as is_in_effect
from corrections
left join as_sent
    on
        corrections.cluster_id = as_sent.cluster_id
        and corrections.organisation_id = as_sent.organisation_id
        and corrections.reporting_year = as_sent.reporting_year
left join fields on corrections.field = fields.field
