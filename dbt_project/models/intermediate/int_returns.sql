-- One row per receipt that had arrived by the day as of which the night counts.
with

receipts as (

    select
        *,
        {{ local_day('arrived_at') }} as arrived_on
    from {{ source('landed', 'receipts') }}
    where {{ local_day('arrived_at') }} <= cast('{{ var("as_of") }}' as date)

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

again as (

    select
        receipt_id,
        {{ dbt.listagg('file_name', "'; '", 'order by file_name') }} as sent_again_as
    from {{ source('landed', 'sent_again') }}
    group by receipt_id

),

organisations as (

    select
        *,
        coalesce(charity_number, company_number, mutual_number, {{ plain_name('organisation_name') }}) as known_by
    from {{ source('landed', 'organisations') }}

),

landed as (

    select
        receipts.receipt_id,
        row_number() over versions as version,
        lag(receipts.receipt_id) over versions as replaces_receipt_id,
        row_number() over (
            partition by receipts.cluster_id, receipts.reporting_year
            order by
                receipts.received_at desc, receipts.arrived_at desc, covers.signed_off_on desc nulls last,
                receipts.receipt_id desc
        ) as newness
    from receipts
    inner join clusters on receipts.cluster_id = clusters.cluster_id
    left join covers on receipts.receipt_id = covers.receipt_id
    where receipts.status = 'landed'
    window versions as (
        partition by receipts.cluster_id, receipts.reporting_year
        order by receipts.received_at, receipts.arrived_at, covers.signed_off_on nulls first, receipts.receipt_id
    )

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
            and refused.received_at < later.received_at
    where
        refused.status = 'refused'
        and later.status = 'landed'

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
    coalesce(landed.newness = 1, false) as counts,
    landed.version,
    landed.replaces_receipt_id,
    changes.figures_changed,
    reporting_years.due_on,
    case
        when receipts.arrived_on > reporting_years.due_on
            then {{ dbt.datediff('reporting_years.due_on', 'receipts.arrived_on', 'day') }}
    end as days_late,
    coalesce(covers.signed_off_on_missing, '') <> 'not asked' and covers.receipt_id is not null as asks_sign_off,
    covers.signed_off_by_role,
    covers.signed_off_on,
    again.sent_again_as
from receipts
left join clusters on receipts.cluster_id = clusters.cluster_id
left join reporting_years on receipts.reporting_year = reporting_years.reporting_year
left join covers on receipts.receipt_id = covers.receipt_id
left join landed on receipts.receipt_id = landed.receipt_id
left join changes on receipts.receipt_id = changes.receipt_id
left join again on receipts.receipt_id = again.receipt_id
left join mended on receipts.receipt_id = mended.receipt_id
