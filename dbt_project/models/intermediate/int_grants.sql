-- One row per cluster and reporting year in which a grant is scheduled, or from its first return that counts on.
with

clusters as (

    select
        *,
        {{ financial_year_start('started_on') }} as started_in
    from {{ source('programme', 'clusters') }}

),

schedule as (

    select * from {{ source('programme', 'grant_schedule') }}

),

-- the years of the grant run from the start of each cluster; one that funds itself has none
scheduled as (

    select
        clusters.cluster_id,
        {{ reporting_year_from('(clusters.started_in + schedule.cluster_year - 1)') }} as reporting_year,
        schedule.grant_gbp,
        schedule.coordination_share
    from clusters
    cross join schedule
    where clusters.funding_type = 'pump-primed'

),

cluster_years as (

    select
        cluster_id,
        reporting_year,
        receipt_id
    from {{ ref('int_cluster_years') }}

),

years as (

    select
        coalesce(scheduled.cluster_id, cluster_years.cluster_id) as cluster_id,
        coalesce(scheduled.reporting_year, cluster_years.reporting_year) as reporting_year,
        cluster_years.receipt_id,
        scheduled.grant_gbp,
        scheduled.coordination_share
    from scheduled
    full outer join cluster_years
        on
            scheduled.cluster_id = cluster_years.cluster_id
            and scheduled.reporting_year = cluster_years.reporting_year

)

select
    years.cluster_id,
    clusters.cluster_name,
    clusters.funding_type,
    years.reporting_year,
    {{ year_start('years.reporting_year') }} - clusters.started_in + 1 as cluster_year,
    years.receipt_id,
    years.grant_gbp as scheduled_gbp,
    years.coordination_share
from years
inner join clusters on years.cluster_id = clusters.cluster_id
