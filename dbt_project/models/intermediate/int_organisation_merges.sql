-- One row per further way in which an organisation is named in the returns, beside the newest one.
with

identities as (

    select * from {{ ref('int_organisation_identities') }}
    where is_from_return

),

ranked as (

    select
        *,
        row_number() over (partition by organisation_id order by last_reporting_year desc, identity_id asc) as age
    from identities

),

newest as (

    select * from ranked
    where age = 1

),

earlier as (

    select * from ranked
    where age > 1

),

numbers as (

    select
        organisation_id,
        identity_id,
        'charity number ' || charity_number as number_in_words
    from identities
    where charity_number is not null
    union all
    select
        organisation_id,
        identity_id,
        'company number ' || company_number as number_in_words
    from identities
    where company_number is not null
    union all
    select
        organisation_id,
        identity_id,
        'mutual number ' || mutual_number as number_in_words
    from identities
    where mutual_number is not null

),

shared as (

    -- a number that another way of naming the organisation has too
    select
        numbers.identity_id,
        min(numbers.number_in_words) as number_in_words
    from numbers
    inner join numbers as others
        on
            numbers.organisation_id = others.organisation_id
            and numbers.number_in_words = others.number_in_words
            and numbers.identity_id <> others.identity_id
    group by numbers.identity_id

)

select
    earlier.identity_id,
    earlier.organisation_id,
    newest.organisation_name,
    earlier.organisation_name as also_named,
    earlier.postcode as also_at_postcode,
    earlier.first_reporting_year,
    earlier.last_reporting_year,
    case when shared.number_in_words is not null then 'number' else 'name and postcode' end as matched_by,
    'Taken for one organisation: "' || earlier.organisation_name || '" (' || earlier.first_reporting_year
    || case
        when earlier.last_reporting_year <> earlier.first_reporting_year
            then ' to ' || earlier.last_reporting_year
        else ''
    end
    || ') and "' || newest.organisation_name || '" (' || newest.last_reporting_year || ') '
    || case
        when shared.number_in_words is not null
            then 'share the ' || shared.number_in_words || '.'
        else 'have the same name and postcode, and only one registered organisation has them.'
    end as explanation
from earlier
inner join newest on earlier.organisation_id = newest.organisation_id
left join shared on earlier.identity_id = shared.identity_id
