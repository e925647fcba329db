-- One row per cluster and reporting year for which a return can be sent by the day as of which the night counts.
{%- set days_since_due -%}
{{ dbt.datediff('reporting_years.due_on', "cast('" ~ var('as_of') ~ "' as date)", 'day') }}
{%- endset %}
with

clusters as (

    select * from {{ source('programme', 'clusters') }}

),

reporting_years as (

    select * from {{ source('programme', 'reporting_years') }}
    where opens_on <= cast('{{ var("as_of") }}' as date)

),

counting as (

    select * from {{ ref('int_returns') }}
    where counts

),

set_aside as (

    select
        cluster_id,
        reporting_year,
        receipt_id
    from {{ ref('int_returns') }}
    where is_set_aside

)

select
    clusters.cluster_id,
    clusters.cluster_name,
    reporting_years.reporting_year,
    reporting_years.opens_on,
    reporting_years.due_on,
    counting.receipt_id,
    counting.arrived_on,
    set_aside.receipt_id is not null as is_set_aside,
    reporting_years.due_on < cast('{{ var("as_of") }}' as date) as is_due,
    case
        when set_aside.receipt_id is null and reporting_years.due_on < cast('{{ var("as_of") }}' as date)
            then {{ days_since_due }}
    end as days_overdue,
    case
        when counting.receipt_id is not null or set_aside.receipt_id is not null then 'none'
        when {{ days_since_due }} > {{ var('reminder_days') }} then 'last'
        when {{ days_since_due }} > 0 then 'first'
        when {{ days_since_due }} >= -{{ var('reminder_days') }} then 'before the due day'
        else 'none'
    end as reminder_due
from clusters
cross join reporting_years
left join counting
    on
        clusters.cluster_id = counting.cluster_id
        and reporting_years.reporting_year = counting.reporting_year
left join set_aside
    on
        clusters.cluster_id = set_aside.cluster_id
        and reporting_years.reporting_year = set_aside.reporting_year
where
    clusters.started_on <= reporting_years.ends_on
    and (clusters.ended_on is null or clusters.ended_on >= reporting_years.starts_on)
