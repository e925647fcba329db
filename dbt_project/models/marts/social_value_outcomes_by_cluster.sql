-- One row per cluster, reporting year and kind of outcome.
with

held_back as (

    select * from {{ ref('int_held_back') }}
    where kpi = 'social value'

),

outcomes as (

    -- people of a row that names no organisation of the return could not be traced back
    select
        outcomes.*,
        held_back.cluster_id is not null as is_held_back,
        case when outcomes.organisation_id is not null then outcomes.people end as people_traced,
        case
            when outcomes.organisation_id is not null and outcomes.tool in ('WEMWBS', 'Outcomes Star')
                then outcomes.people
        end as people_by_tool
    from {{ ref('int_outcomes') }} as outcomes
    left join held_back
        on
            outcomes.cluster_id = held_back.cluster_id
            and outcomes.organisation_id = held_back.organisation_id
            and outcomes.reporting_year = held_back.reporting_year

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
    {%- for column, figure in {'people': 'people_traced', 'people_by_published_tool': 'people_by_tool'}.items() %}
    {{ rounded('sum(outcomes.' ~ figure ~ ') filter (where not outcomes.is_held_back)', 6) }} as {{ column }}_accepted,
    {{ rounded('coalesce(sum(outcomes.' ~ figure ~ ') filter (where outcomes.is_held_back), 0)', 6) }}
        as {{ column }}_excluded,
    {{ rounded('sum(outcomes.' ~ figure ~ ')', 6) }} as {{ column }},
    {%- endfor %}
    method.method_id,
    method.method_version
from outcomes
inner join returns on outcomes.receipt_id = returns.receipt_id
cross join method
where outcomes.outcome_type is not null
group by
    outcomes.cluster_id, returns.cluster_name, outcomes.reporting_year, outcomes.outcome_type, method.method_id,
    method.method_version
