-- One row per reporting year that is open, or of which a return counts.
with

clusters as (

    select * from {{ source('programme', 'clusters') }}

),

reporting_years as (

    select * from {{ source('programme', 'reporting_years') }}

),

counting as (

    select
        cluster_id,
        reporting_year
    from {{ ref('int_returns') }}
    where counts

),

returns as (

    -- every cluster of the year owes one, also before the year opens
    select
        clusters.cluster_id,
        reporting_years.reporting_year,
        false as is_received
    from clusters
    cross join reporting_years
    where
        clusters.started_on <= reporting_years.ends_on
        and (clusters.ended_on is null or clusters.ended_on >= reporting_years.starts_on)
    union all
    select
        cluster_id,
        reporting_year,
        true as is_received
    from counting

),

counted as (

    select
        reporting_year,
        count(distinct cluster_id) as returns_due,
        count(distinct case when is_received then cluster_id end) as returns_received
    from returns
    group by reporting_year

),

judged as (

    select
        counted.reporting_year,
        reporting_years.opens_on,
        reporting_years.due_on,
        reporting_years.ends_on < cast('{{ var("as_of") }}' as date) as is_over,
        counted.returns_due,
        counted.returns_received,
        counted.returns_received = counted.returns_due as is_complete
    from counted
    inner join reporting_years on counted.reporting_year = reporting_years.reporting_year
    where
        reporting_years.opens_on <= cast('{{ var("as_of") }}' as date)
        or counted.returns_received > 0

)

select
    *,
    -- the newest that is over and of which most returns are in; else the newest that is over; else the newest
    returns_received > 0
    and row_number() over (
        order by
            case
                when returns_received = 0 then 4
                when is_over and returns_received * 2 > returns_due then 1
                when is_over then 2
                else 3
            end asc,
            reporting_year desc
    ) = 1 as is_default
from judged
