-- One row per cluster, organisation and reporting year.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

hour_values as (

    select * from {{ ref('int_volunteer_hour_values') }}

),

method as (

    select
        max(method_id) as method_id,
        max(method_version) as method_version
    from {{ ref('social_value_method') }}

),

held_back as (

    select * from {{ ref('int_held_back') }}
    where kpi = 'social value'

),

outcomes as (

    select
        receipt_id,
        organisation_id,
        {%- for column, code in outcome_types().items() %}
        sum(people) filter (where outcome_type = '{{ code }}') as outcome_{{ column }}_people
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_outcomes') }}
    where organisation_id is not null
    group by receipt_id, organisation_id

)

select
    organisation_years.cluster_id,
    organisation_years.cluster_name,
    organisation_years.organisation_id,
    organisation_years.organisation_name,
    organisation_years.reporting_year,
    organisation_years.answered,
    held_back.cluster_id is not null as is_held_back,
    organisation_years.volunteers,
    organisation_years.volunteer_hours,
    organisation_years.volunteer_hours_missing as volunteer_hours_missing_reason,
    flags.volunteer_hours_flag,
    organisation_years.volunteer_hours_quality,
    {{ rounded('organisation_years.volunteer_hours * hour_values.low_gbp', 2) }} as volunteer_hours_low_gbp,
    {{ rounded('organisation_years.volunteer_hours * hour_values.central_gbp', 2) }} as volunteer_hours_central_gbp,
    {{ rounded('organisation_years.volunteer_hours * hour_values.high_gbp', 2) }} as volunteer_hours_high_gbp,
    case
        when organisation_years.volunteer_hours is null
            then coalesce(organisation_years.volunteer_hours_missing, 'blank')
        when organisation_years.period_ends_on is null then 'no end of the accounting period'
        when hour_values.low_gbp is null then 'no wage for the accounting period'
    end as value_reason,
    method.method_id,
    method.method_version,
    case when hour_values.is_fallback then 'SV_FALLBACK' end as method_flag,
    case
        when organisation_years.clients_basis = 'different people' then organisation_years.clients_supported
    end as clients_supported,
    case
        when organisation_years.clients_basis = 'attendances' then organisation_years.clients_supported
    end as client_attendances,
    flags.clients_supported_flag,
    organisation_years.jobs_created_headcount,
    organisation_years.jobs_created_fte,
    organisation_years.jobs_safeguarded_fte,
    organisation_years.jobs_disadvantaged,
    {%- for column in outcome_types() %}
    outcomes.outcome_{{ column }}_people,
    {%- endfor %}
    organisation_years.contract_social_value_gbp,
    organisation_years.receipt_id
from organisation_years
cross join method
left join hour_values
    on
        organisation_years.period_ends_on = hour_values.period_ends_on
        and organisation_years.period_starts_on is not distinct from hour_values.period_starts_on
left join {{ ref('int_figure_flags') }} as flags
    on
        organisation_years.cluster_id = flags.cluster_id
        and organisation_years.organisation_id = flags.organisation_id
        and organisation_years.reporting_year = flags.reporting_year
left join held_back
    on
        organisation_years.cluster_id = held_back.cluster_id
        and organisation_years.organisation_id = held_back.organisation_id
        and organisation_years.reporting_year = held_back.reporting_year
left join outcomes
    on
        organisation_years.receipt_id = outcomes.receipt_id
        and organisation_years.organisation_id = outcomes.organisation_id
