-- One row per rule, subject and figure at which the rule fires, with its place in the file and its lasting key.
with

alerts_returns as (

    select * from {{ ref('alerts_returns') }}

),

alerts_cells as (

    select * from {{ ref('alerts_cells') }}

),

alerts_organisations as (

    select * from {{ ref('alerts_organisations') }}

),

returns as (

    select
        receipt_id,
        file_name
    from {{ ref('int_returns') }}

),

places as (

    -- where a field stands in a file: for rows the column alone, for the front page the whole cell
    select
        receipt_id,
        table_name,
        field,
        sheet,
        row_number,
        column_letters
    from {{ source('landed', 'places') }}
    qualify row_number() over (
        partition by receipt_id, table_name, field, sheet
        order by column_letters, row_number
    ) = 1

),

families as (

    select * from alerts_returns
    union all
    select * from alerts_cells
    union all
    select * from alerts_organisations

),

placed as (

    select
        families.*,
        returns.file_name,
        coalesce(families.sheet, places.sheet) as stands_on,
        coalesce(
            families.cell,
            places.column_letters || cast(coalesce(places.row_number, families.row_number) as {{ dbt.type_string() }})
        ) as stands_in,
        case when families.level = 'file' then families.receipt_id end as identifying_receipt
    from families
    left join returns on families.receipt_id = returns.receipt_id
    left join places
        on
            families.receipt_id = places.receipt_id
            and families.table_name = places.table_name
            and families.field = places.field
            and (families.sheet = places.sheet or (families.sheet is null and places.row_number is not null))

),

numbered as (

    -- the same question may be asked of several cells of one field: of two rows of one organisation, of two actions
    select
        *,
        row_number() over (
            partition by
                rule_code, cluster_id, organisation_id, reporting_year, table_name, field, identifying_receipt
            order by receipt_id, stands_on, row_number, stands_in, observed, message
        ) as occurrence
    from placed

)

select
    md5(
        rule_code
        || '|' || coalesce(cluster_id, '')
        || '|' || coalesce(organisation_id, '')
        || '|' || coalesce(reporting_year, '')
        || '|' || coalesce(table_name, '')
        || '|' || coalesce(field, '')
        || '|' || coalesce(identifying_receipt, '')
        || '|' || cast(occurrence as {{ dbt.type_string() }})
    ) as alert_id,
    rule_code,
    rule_title,
    severity,
    level,
    dimension,
    mend,
    holds_back,
    cluster_id,
    cluster_name,
    organisation_id,
    organisation_name,
    reporting_year,
    field,
    label,
    kpi,
    observed,
    value,
    expected,
    message,
    ask,
    receipt_id,
    file_name,
    stands_on as sheet,
    stands_in as cell
from numbered
