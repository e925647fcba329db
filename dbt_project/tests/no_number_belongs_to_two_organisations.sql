-- Whether linking by shared numbers has come to its end. A chain of numbers that is longer than the rounds of
-- int_organisation_identities would leave one number with two organisations.
with

identities as (

    select * from {{ ref('int_organisation_identities') }}

),

numbers as (

    select
        'GB-CHC-' || charity_number as number_id,
        organisation_id
    from identities
    where charity_number is not null
    union all
    select
        'GB-COH-' || company_number as number_id,
        organisation_id
    from identities
    where company_number is not null
    union all
    select
        'GB-MPR-' || mutual_number as number_id,
        organisation_id
    from identities
    where mutual_number is not null

)

select
    number_id,
    count(distinct organisation_id) as organisations
from numbers
group by number_id
having count(distinct organisation_id) > 1
