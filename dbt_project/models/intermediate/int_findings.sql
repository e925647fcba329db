-- One row per finding about a cell, row or column of a return that counts.
with

findings as (

    select * from {{ source('landed', 'findings') }}

),

returns as (

    select
        receipt_id,
        cluster_name
    from {{ ref('int_returns') }}
    where counts

),

organisations as (

    select
        receipt_id,
        sheet,
        row_number,
        organisation_name,
        {{ identity_id_of_row() }} as identity_id
    from {{ ref('stg_organisations') }}

),

identities as (

    select
        identity_id,
        organisation_id
    from {{ ref('int_organisation_identities') }}

),

fields as (

    select
        table_name,
        field,
        bounds
    from {{ source('landed', 'fields') }}

)

select
    findings.receipt_id,
    findings.cluster_id,
    returns.cluster_name,
    findings.reporting_year,
    findings.kind,
    findings.table_name,
    findings.sheet,
    findings.cell,
    findings.row_number,
    findings.field,
    findings.label,
    findings.typed,
    findings.understood,
    fields.bounds,
    findings.message,
    findings.ask,
    identities.organisation_id,
    organisations.organisation_name
from findings
inner join returns on findings.receipt_id = returns.receipt_id
left join organisations
    on
        findings.receipt_id = organisations.receipt_id
        and findings.table_name = 'organisations'
        and findings.sheet = organisations.sheet
        and findings.row_number = organisations.row_number
left join fields
    on
        findings.table_name = fields.table_name
        and findings.field = fields.field
left join identities on organisations.identity_id = identities.identity_id
