-- One row per cluster, reporting year with a return that counts, and building block of the action plan.
with

cluster_years as (

    select * from {{ ref('int_cluster_years') }}
    where receipt_id is not null

),

reporting_years as (

    select * from {{ source('programme', 'reporting_years') }}

),

blocks as (
    {% for block in building_blocks() %}
    select '{{ block }}' as building_block
    union all
    {%- endfor %}
    select 'not told' as building_block
),

actions as (

    select
        plan.cluster_id,
        plan.reporting_year,
        coalesce(plan.building_block, 'not told') as building_block,
        plan.progress,
        -- due in the year that the return is about, and not done
        coalesce(plan.due_on <= reporting_years.ends_on and coalesce(plan.progress, '') <> 'done', false) as is_overdue
    from {{ ref('stg_action_plan') }} as plan
    inner join reporting_years on plan.reporting_year = reporting_years.reporting_year

),

counted as (

    select
        cluster_id,
        reporting_year,
        building_block,
        count(*) as actions,
        {%- for progress in ['done', 'on track', 'at risk', 'late', 'not started'] %}
        count(*) filter (where progress = '{{ progress }}') as actions_{{ progress | replace(' ', '_') }},
        {%- endfor %}
        count(*) filter (where progress is null) as actions_not_told,
        count(*) filter (where is_overdue) as actions_overdue,
        count(*) filter (where is_overdue or progress = 'late') as actions_behind
    from actions
    group by cluster_id, reporting_year, building_block

)

select
    cluster_years.cluster_id,
    cluster_years.cluster_name,
    cluster_years.reporting_year,
    blocks.building_block,
    coalesce(counted.actions, 0) as actions,
    {%- for progress in ['done', 'on track', 'at risk', 'late', 'not started', 'not told'] %}
    coalesce(counted.actions_{{ progress | replace(' ', '_') }}, 0) as actions_{{ progress | replace(' ', '_') }},
    {%- endfor %}
    coalesce(counted.actions_overdue, 0) as actions_overdue,
    -- red where anything is late, amber where anything is at risk or untold, green otherwise
    case
        when counted.actions is null then null
        when counted.actions_behind > 0 then 'red'
        when counted.actions_at_risk > 0 or counted.actions_not_told > 0 then 'amber'
        else 'green'
    end as progress,
    case when counted.actions is null then 'the return tells of no action of this block' end as progress_reason
from cluster_years
cross join blocks
left join counted
    on
        cluster_years.cluster_id = counted.cluster_id
        and cluster_years.reporting_year = counted.reporting_year
        and blocks.building_block = counted.building_block
where blocks.building_block <> 'not told' or counted.actions > 0
