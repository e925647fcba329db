-- One row per cluster, organisation and reporting year.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

held_back as (

    select * from {{ ref('int_held_back') }}
    where kpi = 'employment'

),

held_back_jobs as (

    -- jobs created and kept are asked for as social value
    select * from {{ ref('int_held_back') }}
    where kpi = 'social value'

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
    judged.cluster_id,
    judged.cluster_name,
    judged.organisation_id,
    judged.organisation_name,
    judged.reporting_year,
    judged.answered,
    judged.is_held_back,
    judged.employees_headcount as headcount,
    judged.employees_headcount_missing as headcount_missing_reason,
    flags.employees_headcount_flag as headcount_flag,
    judged.employees_fte as fte,
    judged.employees_fte_missing as fte_missing_reason,
    flags.employees_fte_flag as fte_flag,
    coalesce(judged.full_time_week_hours, 35) as full_time_week_hours,
    judged.last_headcount as previous_headcount,
    judged.last_fte as previous_fte,
    case
        when judged.change_status = 'counted' then judged.employees_headcount - judged.last_headcount
    end as headcount_change,
    case
        when judged.change_status = 'counted'
            then {{ rounded(
                '(judged.employees_headcount - judged.last_headcount) / nullif(judged.last_headcount, 0)', 6
            ) }}
    end as headcount_growth_ratio,
    case
        when judged.change_status = 'counted' then {{ rounded('judged.employees_fte - judged.last_fte', 6) }}
    end as fte_change,
    judged.jobs_created_headcount,
    judged.jobs_created_headcount_missing as jobs_created_missing_reason,
    flags.jobs_created_headcount_flag as jobs_created_flag,
    {{ rounded('judged.jobs_created_fte', 6) }} as jobs_created_fte,
    {{ rounded('judged.jobs_safeguarded_fte', 6) }} as jobs_safeguarded_fte,
    judged.jobs_disadvantaged,
    held_back_jobs.cluster_id is not null as jobs_are_held_back,
    judged.change_status,
    judged.change_status = 'counted' as counts_for_change,
    judged.receipt_id
from judged
left join {{ ref('int_figure_flags') }} as flags
    on
        judged.cluster_id = flags.cluster_id
        and judged.organisation_id = flags.organisation_id
        and judged.reporting_year = flags.reporting_year
left join held_back_jobs
    on
        judged.cluster_id = held_back_jobs.cluster_id
        and judged.organisation_id = held_back_jobs.organisation_id
        and judged.reporting_year = held_back_jobs.reporting_year
