-- One row per cluster, reporting year and kind of outcome.
with

outcomes as (

    select * from {{ ref('int_outcomes') }}

),

returns as (

    select
        receipt_id,
        cluster_name
    from {{ ref('int_returns') }}
    where counts

),

method as (

    select
        max(method_id) as method_id,
        max(method_version) as method_version
    from {{ ref('social_value_method') }}

)

select
    outcomes.cluster_id,
    returns.cluster_name,
    outcomes.reporting_year,
    outcomes.outcome_type,
    count(*) as outcome_rows,
    count(*) filter (where outcomes.organisation_id is null) as rows_of_no_organisation,
    count(distinct outcomes.organisation_id) as organisations,
    -- people of a row that names no organisation of the return could not be traced back
    sum(outcomes.people) filter (where outcomes.organisation_id is not null) as people,
    sum(outcomes.people) filter (
        where outcomes.organisation_id is not null and outcomes.tool in ('WEMWBS', 'Outcomes Star')
    ) as people_by_published_tool,
    method.method_id,
    method.method_version
from outcomes
inner join returns on outcomes.receipt_id = returns.receipt_id
cross join method
where outcomes.outcome_type is not null
group by
    outcomes.cluster_id, returns.cluster_name, outcomes.reporting_year, outcomes.outcome_type, method.method_id,
    method.method_version
