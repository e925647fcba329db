-- One row per cluster, organisation and reporting year.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

held_back as (

    select * from {{ ref('int_held_back') }}
    where kpi = 'employment'

),

paired as (

    select
        this.*,
        last.employees_headcount as last_headcount,
        last.employees_fte as last_fte,
        this_held.cluster_id is not null as is_held_back,
        this_held.cluster_id is not null or last_held.cluster_id is not null as pair_is_held_back
    from organisation_years as this
    left join organisation_years as last
        on
            this.cluster_id = last.cluster_id
            and this.organisation_id = last.organisation_id
            and {{ year_before('this.reporting_year') }} = last.reporting_year
    left join held_back as this_held
        on
            this.cluster_id = this_held.cluster_id
            and this.organisation_id = this_held.organisation_id
            and this.reporting_year = this_held.reporting_year
    left join held_back as last_held
        on
            last.cluster_id = last_held.cluster_id
            and last.organisation_id = last_held.organisation_id
            and last.reporting_year = last_held.reporting_year

),

judged as (

    select
        *,
        case
            when not answered then response_status
            when employees_headcount is null then 'no figure this year'
            when last_headcount is null then 'no figure last year'
            when pair_is_held_back then 'held back'
            else 'counted'
        end as change_status
    from paired

)

select
    cluster_id,
    cluster_name,
    organisation_id,
    organisation_name,
    reporting_year,
    answered,
    is_held_back,
    employees_headcount as headcount,
    employees_headcount_missing as headcount_missing_reason,
    employees_fte as fte,
    employees_fte_missing as fte_missing_reason,
    coalesce(full_time_week_hours, 35) as full_time_week_hours,
    last_headcount as previous_headcount,
    last_fte as previous_fte,
    case when change_status = 'counted' then employees_headcount - last_headcount end as headcount_change,
    case
        when change_status = 'counted'
            then round((employees_headcount - last_headcount) / nullif(last_headcount, 0), 6)
    end as headcount_growth_ratio,
    case when change_status = 'counted' then round(employees_fte - last_fte, 6) end as fte_change,
    jobs_created_headcount,
    jobs_created_headcount_missing as jobs_created_missing_reason,
    round(jobs_created_fte, 6) as jobs_created_fte,
    round(jobs_safeguarded_fte, 6) as jobs_safeguarded_fte,
    jobs_disadvantaged,
    change_status,
    change_status = 'counted' as counts_for_change,
    receipt_id
from judged
