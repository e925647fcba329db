-- One row per outcome of a return that counts, with the organisation that it is about.
with

outcomes as (

    select
        *,
        {{ plain_name('organisation') }} as plain_reference
    from {{ ref('stg_outcomes') }}

),

organisations as (

    select
        receipt_id,
        organisation_id,
        charity_number,
        company_number,
        mutual_number,
        {{ plain_name('organisation_name') }} as plain_name
    from {{ ref('int_organisation_years') }}

),

answers_to as (

    select
        receipt_id,
        organisation_id,
        plain_name as reference
    from organisations
    union
    select
        receipt_id,
        organisation_id,
        lower(charity_number) as reference
    from organisations
    union
    select
        receipt_id,
        organisation_id,
        lower(company_number) as reference
    from organisations
    union
    select
        receipt_id,
        organisation_id,
        lower(mutual_number) as reference
    from organisations

),

known as (

    -- a name that two organisations of a return go by names neither
    select
        receipt_id,
        reference,
        min(organisation_id) as organisation_id
    from answers_to
    where reference is not null
    group by receipt_id, reference
    having count(distinct organisation_id) = 1

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
