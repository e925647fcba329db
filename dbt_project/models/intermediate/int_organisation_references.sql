-- One row per return that counts and word by which its other sheets may name one of its organisations.
with

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

)

-- a name that two organisations of a return go by names neither
select
    receipt_id,
    reference,
    min(organisation_id) as organisation_id
from answers_to
where reference is not null
group by receipt_id, reference
having count(distinct organisation_id) = 1
