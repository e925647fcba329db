-- One row per rule, subject and figure at which the rule fires, with its place in the file and its lasting key.
with

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

    select * from {{ ref('alerts_returns') }}
    union all
    select * from {{ ref('alerts_cells') }}
    union all
    select * from {{ ref('alerts_organisations') }}
    union all
    select * from {{ ref('alerts_figures') }}
    union all
    select * from {{ ref('alerts_answers') }}
    union all
    select * from {{ ref('alerts_years') }}
    union all
    select * from {{ ref('alerts_clusters') }}

),

told as (

    -- one cause, one alert: a rule keeps quiet where another that it names fires about the same figure or row
    select families.*
    from families
    where
        not exists (
            select 1
            from families as louder
            where
                not louder.is_shadow
                and families.cluster_id = louder.cluster_id
                and families.organisation_id = louder.organisation_id
                and families.reporting_year = louder.reporting_year
                and (
                    families.quiet_in_row like '%,' || louder.rule_code || ',%'
                    or (families.quiet_where like '%,' || louder.rule_code || ',%' and families.field = louder.field)
                )
        )

),

placed as (

    select
        told.*,
        returns.file_name,
        coalesce(told.sheet, places.sheet) as stands_on,
        coalesce(
            told.cell,
            places.column_letters || cast(coalesce(places.row_number, told.row_number) as {{ dbt.type_string() }})
        ) as stands_in,
        case when told.level = 'file' then told.receipt_id end as identifying_receipt
    from told
    left join returns on told.receipt_id = returns.receipt_id
    left join places
        on
            told.receipt_id = places.receipt_id
            and told.table_name = places.table_name
            and told.field = places.field
            and (told.sheet = places.sheet or (told.sheet is null and places.row_number is not null))

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
    is_shadow,
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
    {{ rounded('expected_low', 2) }} as expected_low,
    {{ rounded('expected_high', 2) }} as expected_high,
    message,
    ask,
    receipt_id,
    file_name,
    stands_on as sheet,
    stands_in as cell
from numbered
