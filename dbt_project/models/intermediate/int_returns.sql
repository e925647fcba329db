-- One row per receipt that had arrived by the day as of which the run counts.
with

arrivals as (

    -- what was there by the day; a clock that was ahead when a file was seen keeps none from counting
    select
        sequence,
        arrived_with,
        receipt_id,
        file_name,
        arrived_at,
        {{ local_day('arrived_at') }} as arrived_on
    from {{ source('landed', 'arrivals') }}
    where {{ local_day('known_at') }} <= cast('{{ var("as_of") }}' as date)

),

first_names as (

    -- one row per receipt: of several names, the one that was put in the inbox first, whichever a run saw first
    select
        receipt_id,
        sequence,
        file_name,
        arrived_at,
        least(arrived_on, cast('{{ var("as_of") }}' as date)) as arrived_on
    from arrivals
    qualify row_number() over (partition by receipt_id order by arrived_at, file_name, sequence) = 1

),

came as (

    -- one row per receipt: its first arrival and its last
    select
        receipt_id,
        count(*) as arrivals,
        min(sequence) as first_arrival,
        min_by(arrived_with, sequence) as first_arrived_with,
        max(sequence) as last_arrival,
        max_by(arrived_with, sequence) as last_arrived_with,
        least(max_by(arrived_on, sequence), cast('{{ var("as_of") }}' as date)) as last_arrived_on
    from arrivals
    group by receipt_id

),

receipts as (

    select
        files.receipt_id,
        first_names.file_name,
        files.size_bytes,
        first_names.arrived_at,
        files.received_at,
        first_names.arrived_on,
        files.status,
        files.refusal_rule,
        files.refusal_message,
        files.refusal_ask,
        files.form,
        files.form_version,
        files.cluster_id,
        files.reporting_year,
        files.organisation_rows,
        files.set_aside_reason,
        came.arrivals,
        came.first_arrival,
        came.first_arrived_with,
        came.last_arrival,
        came.last_arrived_with,
        came.last_arrived_on
    from {{ source('landed', 'receipts') }} as files
    inner join came on files.receipt_id = came.receipt_id
    inner join first_names on files.receipt_id = first_names.receipt_id

),

clusters as (

    select * from {{ source('programme', 'clusters') }}

),

reporting_years as (

    select * from {{ source('programme', 'reporting_years') }}

),

covers as (

    select
        receipt_id,
        signed_off_by_role,
        signed_off_on,
        signed_off_on_missing
    from {{ source('landed', 'cover') }}

),

further_arrivals as (

    select distinct
        arrivals.receipt_id,
        arrivals.file_name
    from arrivals
    inner join first_names on arrivals.receipt_id = first_names.receipt_id
    where arrivals.sequence <> first_names.sequence

),

again as (

    select
        receipt_id,
        {{ dbt.listagg('file_name', "'; '", 'order by file_name') }} as sent_again_as
    from further_arrivals
    group by receipt_id

),

organisations as (

    select
        *,
        coalesce(charity_number, company_number, mutual_number, {{ plain_name('organisation_name') }}) as known_by
    from {{ source('landed', 'organisations') }}

),

landed as (

    -- Versions are counted by their first arrivals; the one whose last arrival is the latest counts. Files that were
    -- found together with one and the same file time came together: of these the one signed off later is the later.
    -- What is set aside by us keeps its place among the versions and takes no other's.
    select
        receipts.receipt_id,
        receipts.status,
        receipts.cluster_id,
        receipts.reporting_year,
        receipts.arrived_on,
        row_number() over versions as version,
        row_number() over (
            partition by receipts.cluster_id, receipts.reporting_year, receipts.status
            order by
                receipts.first_arrived_with desc, covers.signed_off_on desc nulls last, receipts.first_arrival desc
        ) as newness_of_version,
        lag(receipts.receipt_id) over arriving as replaces_receipt_id,
        row_number() over (
            partition by receipts.cluster_id, receipts.reporting_year, receipts.status
            order by receipts.last_arrived_with desc, covers.signed_off_on desc nulls last, receipts.last_arrival desc
        ) as newness_of_status,
        row_number() over (
            partition by receipts.cluster_id, receipts.reporting_year
            order by receipts.last_arrived_with desc, covers.signed_off_on desc nulls last, receipts.last_arrival desc
        ) as newness
    from receipts
    inner join clusters on receipts.cluster_id = clusters.cluster_id
    left join covers on receipts.receipt_id = covers.receipt_id
    where receipts.status in ('landed', 'set aside')
    window
        versions as (
            partition by receipts.cluster_id, receipts.reporting_year
            order by receipts.first_arrived_with, covers.signed_off_on nulls first, receipts.first_arrival
        ),
        arriving as (
            partition by receipts.cluster_id, receipts.reporting_year, receipts.status
            order by receipts.last_arrived_with, covers.signed_off_on nulls first, receipts.last_arrival
        )

),

first_versions as (

    select
        cluster_id,
        reporting_year,
        arrived_on
    from landed
    where version = 1

),

changes as (

    -- how many figures a version says otherwise than the one it replaces, over the organisations in both
    select
        landed.receipt_id,
        cast(sum(
            {%- for field in figure_fields() %}
            case when organisations.{{ field }} is distinct from earlier.{{ field }} then 1 else 0 end
            {%- if not loop.last %} +{% endif %}
            {%- endfor %}
        ) as integer) as figures_changed
    from landed
    inner join organisations on landed.receipt_id = organisations.receipt_id
    inner join organisations as earlier
        on
            landed.replaces_receipt_id = earlier.receipt_id
            and organisations.known_by = earlier.known_by
    group by landed.receipt_id

),

mended as (

    -- a refused file is settled once a file of its name, or a return of its cluster and year, has been landed later
    select distinct refused.receipt_id
    from receipts as refused
    inner join receipts as later
        on
            (
                refused.file_name = later.file_name
                or (refused.cluster_id = later.cluster_id and refused.reporting_year = later.reporting_year)
            )
            and refused.last_arrival < later.last_arrival
    where
        refused.status = 'refused'
        and later.status in ('landed', 'set aside')

)

select
    receipts.receipt_id,
    receipts.file_name,
    receipts.size_bytes,
    receipts.arrived_at,
    receipts.received_at,
    receipts.arrived_on,
    case when mended.receipt_id is not null then 'replaced' else receipts.status end as status,
    receipts.refusal_rule,
    receipts.refusal_message,
    receipts.refusal_ask,
    receipts.form,
    receipts.form_version,
    receipts.cluster_id,
    clusters.cluster_name,
    receipts.reporting_year,
    receipts.organisation_rows,
    receipts.arrivals,
    receipts.last_arrival,
    receipts.last_arrived_on,
    receipts.set_aside_reason,
    coalesce(landed.status = 'landed' and landed.newness_of_status = 1, false) as counts,
    coalesce(
        landed.status = 'landed' and landed.newness_of_status = 1 and landed.newness_of_version > 1, false
    ) as counts_again,
    coalesce(landed.status = 'set aside' and landed.newness = 1, false) as is_set_aside,
    landed.version,
    case when landed.status = 'landed' then landed.replaces_receipt_id end as replaces_receipt_id,
    changes.figures_changed,
    reporting_years.due_on,
    case
        when receipts.arrived_on > reporting_years.due_on
            then {{ dbt.datediff('reporting_years.due_on', 'receipts.arrived_on', 'day') }}
    end as days_late,
    case
        when first_versions.arrived_on > reporting_years.due_on
            then {{ dbt.datediff('reporting_years.due_on', 'first_versions.arrived_on', 'day') }}
    end as first_days_late,
    coalesce(covers.signed_off_on_missing, '') <> 'not asked' and covers.receipt_id is not null as asks_sign_off,
    covers.signed_off_by_role,
    covers.signed_off_on,
    again.sent_again_as
from receipts
left join clusters on receipts.cluster_id = clusters.cluster_id
left join reporting_years on receipts.reporting_year = reporting_years.reporting_year
left join covers on receipts.receipt_id = covers.receipt_id
left join landed on receipts.receipt_id = landed.receipt_id
left join first_versions
    on
        landed.cluster_id = first_versions.cluster_id
        and landed.reporting_year = first_versions.reporting_year
left join changes on receipts.receipt_id = changes.receipt_id
left join again on receipts.receipt_id = again.receipt_id
left join mended on receipts.receipt_id = mended.receipt_id
