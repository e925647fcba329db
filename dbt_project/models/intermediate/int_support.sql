-- One row per piece of support of a return that counts, with the organisation that had it.
with

support as (

    select
        *,
        {{ plain_name('organisation') }} as plain_reference
    from {{ ref('stg_support') }}

),

known as (

    select * from {{ ref('int_organisation_references') }}

)

select
    support.receipt_id,
    support.cluster_id,
    support.reporting_year,
    support.sheet,
    support.row_number,
    known.organisation_id,
    support.organisation,
    support.intervention,
    support.started_on,
    coalesce(
        {{ financial_year_start('support.started_on') }},
        {{ year_start('support.reporting_year') }}
    ) as started_in,
    support.support_hours
from support
left join known
    on
        support.receipt_id = known.receipt_id
        and support.plain_reference = known.reference
