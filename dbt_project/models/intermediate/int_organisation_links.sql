-- One row per organisation of a return, kind of link and other organisation (or cluster) that may be the same.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

alike as (

    -- another number, the same postcode and nearly the same name; each pair is told once
    select
        this.*,
        'same place and name' as kind,
        other.organisation_name as other_name,
        this.cluster_id || ' ' || other.organisation_id as other_key
    from organisation_years as this
    inner join organisation_years as other
        on
            this.reporting_year = other.reporting_year
            and replace(upper(this.postcode), ' ', '') = replace(upper(other.postcode), ' ', '')
            and this.organisation_id < other.organisation_id
    where {{ shared_words_ratio('this.organisation_name', 'other.organisation_name') }} >= 0.85

),

in_two_clusters as (

    select
        this.*,
        'two clusters' as kind,
        other.cluster_name as other_name,
        other.cluster_id as other_key
    from organisation_years as this
    inner join organisation_years as other
        on
            this.reporting_year = other.reporting_year
            and this.organisation_id = other.organisation_id
            and this.cluster_id > other.cluster_id

),

linked as (

    -- a charity that names the number of a company which another row of the year goes by
    select
        this.*,
        'charity and company' as kind,
        other.organisation_name as other_name,
        other.organisation_id as other_key
    from organisation_years as this
    inner join {{ source('register', 'public_register') }} as register
        on register.scheme = 'GB-CHC' and this.charity_number = register.number
    inner join organisation_years as other
        on
            this.reporting_year = other.reporting_year
            and register.linked_number = other.company_number
            and this.organisation_id <> other.organisation_id

),

links as (

    select * from alike
    union all
    select * from in_two_clusters
    union all
    select * from linked

)

select
    cluster_id,
    cluster_name,
    organisation_id,
    organisation_name,
    reporting_year,
    receipt_id,
    sheet,
    row_number,
    postcode,
    kind,
    other_name
from links
qualify row_number() over (
    partition by cluster_id, organisation_id, reporting_year, kind order by other_key
) = 1
