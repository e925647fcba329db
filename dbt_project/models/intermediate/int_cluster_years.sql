-- One row per cluster and reporting year from its first return that counts to the last year of any return that counts.
with

clusters as (

    select * from {{ source('programme', 'clusters') }}

),

counting as (

    select
        cluster_id,
        reporting_year,
        receipt_id
    from {{ ref('int_returns') }}
    where counts

),

years as (

    select distinct reporting_year from counting

),

first_years as (

    select
        cluster_id,
        min(reporting_year) as reporting_year
    from counting
    group by cluster_id

)

select
    clusters.cluster_id,
    clusters.cluster_name,
    clusters.funding_type,
    years.reporting_year,
    {{ year_start('years.reporting_year') }} as starts_in,
    {{ year_start('years.reporting_year') }} - {{ financial_year_start('clusters.started_on') }} + 1 as cluster_year,
    counting.receipt_id
from clusters
inner join first_years on clusters.cluster_id = first_years.cluster_id
inner join years on first_years.reporting_year <= years.reporting_year
left join counting
    on
        clusters.cluster_id = counting.cluster_id
        and years.reporting_year = counting.reporting_year
