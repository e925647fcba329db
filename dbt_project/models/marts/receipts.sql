-- One row per receipt: a file that had arrived by the day as of which the run counts.
with

receipts as (

    select * from {{ ref('int_returns') }}

)

select
    receipt_id,
    case
        when counts then 'counts'
        when is_set_aside then 'set aside by us'
        when version is not null then 'replaced'
        when status = 'replaced' then 'refused and sent anew'
        when status = 'refused' then 'refused'
        else 'of no cluster'
    end as state,
    cluster_id,
    cluster_name,
    reporting_year,
    cast(version as bigint) as version,
    replaces_receipt_id,
    file_name,
    sent_again_as,
    cast(size_bytes as bigint) as size_bytes,
    cast(arrivals as bigint) as arrivals,
    cast(last_arrival as bigint) as last_arrival,
    arrived_on,
    last_arrived_on,
    {{ local_day('received_at') }} as received_on,
    cast(days_late as bigint) as days_late,
    form,
    form_version,
    organisation_rows,
    figures_changed,
    signed_off_by_role,
    signed_off_on,
    refusal_rule,
    refusal_message,
    refusal_ask,
    set_aside_reason
from receipts
