-- One row per outcome of a return that counts, with the organisation that it is about.
with

outcomes as (

    select
        *,
        {{ plain_name('organisation') }} as plain_reference
    from {{ ref('stg_outcomes') }}

),

known as (

    select * from {{ ref('int_organisation_references') }}

)

select
    outcomes.receipt_id,
    outcomes.cluster_id,
    outcomes.reporting_year,
    outcomes.sheet,
    outcomes.row_number,
    known.organisation_id,
    outcomes.organisation,
    outcomes.outcome_type,
    outcomes.people,
    outcomes.tool
from outcomes
left join known
    on
        outcomes.receipt_id = known.receipt_id
        and outcomes.plain_reference = known.reference
