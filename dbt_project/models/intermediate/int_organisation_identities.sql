-- One row per way in which an organisation is named: its numbers, name and postcode as they stand together in a row.
{%- set rounds = 4 %}
with

rows_of_returns as (

    select
        organisation_name,
        charity_number,
        company_number,
        mutual_number,
        postcode,
        reporting_year,
        true as is_from_return
    from {{ ref('stg_organisations') }}

),

enrolments as (

    select
        organisation_name,
        charity_number,
        company_number,
        mutual_number,
        postcode,
        cast(null as {{ dbt.type_string() }}) as reporting_year,
        false as is_from_return
    from {{ source('register', 'enrolments') }}

),

named as (

    select * from rows_of_returns
    union all
    select * from enrolments

),

identities as (

    -- a number of the wrong shape says nothing about who it is
    select
        coalesce({{ plain_name('organisation_name') }}, '') as plain_name,
        coalesce(postcode, '') as postcode,
        case
            when {{ text_matches('charity_number', charity_number_shape()) }} then charity_number
        end as charity_number,
        case
            when {{ text_matches('company_number', company_number_shape()) }} then company_number
        end as company_number,
        case when {{ text_matches('mutual_number', mutual_number_shape()) }} then mutual_number end as mutual_number,
        -- of two spellings in one year the later in the alphabet, so that every night says the same
        max_by(organisation_name, coalesce(reporting_year, '') || organisation_name) as organisation_name,
        min(reporting_year) as first_reporting_year,
        max(reporting_year) as last_reporting_year,
        bool_or(is_from_return) as is_from_return
    from named
    group by 1, 2, 3, 4, 5

),

keyed as (

    select
        {{ identity_id('plain_name', 'postcode', 'charity_number', 'company_number', 'mutual_number') }} as identity_id,
        *
    from identities

),

numbers as (

    select
        identity_id,
        'GB-CHC-' || charity_number as number_id
    from keyed
    where charity_number is not null
    union all
    select
        identity_id,
        'GB-COH-' || company_number as number_id
    from keyed
    where company_number is not null
    union all
    select
        identity_id,
        'GB-MPR-' || mutual_number as number_id
    from keyed
    where mutual_number is not null

),

-- Whoever shares a number is one organisation, also by a chain of numbers. In each round an identity takes the smallest
-- name that any of its numbers goes by, and a number the smallest that any of its identities goes by. The smallest is
-- the charity number where there is one, else the company number, else the mutual number: the order of org-id.guide.
number_names_0 as (

    select distinct
        number_id,
        number_id as goes_by
    from numbers

),
{% for round in range(1, rounds + 1) %}
identity_names_{{ round }} as (

    select
        numbers.identity_id,
        min(names.goes_by) as goes_by
    from numbers
    inner join number_names_{{ round - 1 }} as names on numbers.number_id = names.number_id
    group by numbers.identity_id

),

number_names_{{ round }} as (

    select
        numbers.number_id,
        min(names.goes_by) as goes_by
    from numbers
    inner join identity_names_{{ round }} as names on numbers.identity_id = names.identity_id
    group by numbers.number_id

),
{% endfor %}
numbered_by_name as (

    -- an identity without a number is taken for the one numbered organisation of its name and postcode, if it is one
    select
        keyed.plain_name,
        keyed.postcode,
        min(names.goes_by) as goes_by
    from keyed
    inner join identity_names_{{ rounds }} as names on keyed.identity_id = names.identity_id
    where keyed.plain_name <> ''
    group by keyed.plain_name, keyed.postcode
    having count(distinct names.goes_by) = 1

)

select
    keyed.identity_id,
    coalesce(
        names.goes_by,
        numbered_by_name.goes_by,
        'XI-WMSE-' || substr(md5(keyed.plain_name || '|' || keyed.postcode), 1, 8)
    ) as organisation_id,
    case
        when names.goes_by is not null then 'number'
        when numbered_by_name.goes_by is not null then 'name and postcode of a numbered organisation'
        else 'name and postcode'
    end as matched_by,
    keyed.organisation_name,
    keyed.plain_name,
    keyed.postcode,
    keyed.charity_number,
    keyed.company_number,
    keyed.mutual_number,
    keyed.first_reporting_year,
    keyed.last_reporting_year,
    keyed.is_from_return
from keyed
left join identity_names_{{ rounds }} as names on keyed.identity_id = names.identity_id
left join numbered_by_name
    on
        keyed.plain_name = numbered_by_name.plain_name
        and keyed.postcode = numbered_by_name.postcode
