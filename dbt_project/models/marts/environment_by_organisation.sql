-- One row per cluster, organisation and reporting year.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

held_back as (

    select * from {{ ref('int_held_back') }}
    where kpi = 'environment'

),

emissions as (

    select
        cluster_id,
        organisation_id,
        reporting_year,
        max(factor_year) as factor_year,
        {{- tco2e_columns() }}
    from {{ ref('int_emissions') }}
    group by cluster_id, organisation_id, reporting_year

),

changes as (

    -- over activities with a quantity in both years; without a factor for one of them the change is not known
    select
        cluster_id,
        organisation_id,
        reporting_year,
        count(*) as compared_activities,
        count(*) filter (where tco2e_change is null) as activities_without_factor,
        {{ exact_sum('previous_tco2e') }} as previous_tco2e,
        {{ exact_sum('activity_effect_tco2e') }} as activity_effect_tco2e,
        {{ exact_sum('factor_effect_tco2e') }} as factor_effect_tco2e
    from {{ ref('int_emission_changes') }}
    group by cluster_id, organisation_id, reporting_year

),

judged as (

    select
        organisation_years.cluster_id,
        organisation_years.organisation_id,
        organisation_years.reporting_year,
        changes.compared_activities,
        changes.previous_tco2e,
        changes.activity_effect_tco2e,
        changes.factor_effect_tco2e,
        case
            when not organisation_years.answered then organisation_years.response_status
            when changes.compared_activities is null then 'no quantity in both years'
            when this_held.cluster_id is not null or last_held.cluster_id is not null then 'held back'
            when changes.activities_without_factor > 0 then 'no factor for one of the years'
            else 'counted'
        end as change_status
    from organisation_years
    left join changes
        on
            organisation_years.cluster_id = changes.cluster_id
            and organisation_years.organisation_id = changes.organisation_id
            and organisation_years.reporting_year = changes.reporting_year
    left join held_back as this_held
        on
            organisation_years.cluster_id = this_held.cluster_id
            and organisation_years.organisation_id = this_held.organisation_id
            and organisation_years.reporting_year = this_held.reporting_year
    left join held_back as last_held
        on
            organisation_years.cluster_id = last_held.cluster_id
            and organisation_years.organisation_id = last_held.organisation_id
            and {{ year_before('organisation_years.reporting_year') }} = last_held.reporting_year

)

select
    organisation_years.cluster_id,
    organisation_years.cluster_name,
    organisation_years.organisation_id,
    organisation_years.organisation_name,
    organisation_years.reporting_year,
    organisation_years.answered,
    held_back.cluster_id is not null as is_held_back,
    {%- for column in environment_quantities() %}
    organisation_years.{{ column }},
    {%- endfor %}
    emissions.factor_year,
    coalesce(emissions.factor_missing, false) as factor_missing,
    emissions.factors_verified,
    emissions.tco2e_scope_1,
    emissions.tco2e_scope_2,
    emissions.tco2e_scope_3,
    emissions.tco2e,
    judged.change_status,
    coalesce(judged.compared_activities, 0) as compared_activities,
    case when judged.change_status = 'counted' then judged.previous_tco2e end as previous_tco2e_compared,
    case
        when judged.change_status = 'counted'
            then {{ rounded('judged.activity_effect_tco2e + judged.factor_effect_tco2e', 6) }}
    end as tco2e_change,
    case when judged.change_status = 'counted' then judged.activity_effect_tco2e end as tco2e_change_by_activity,
    case when judged.change_status = 'counted' then judged.factor_effect_tco2e end as tco2e_change_by_factors,
    organisation_years.environment_themes,
    organisation_years.receipt_id
from organisation_years
inner join judged
    on
        organisation_years.cluster_id = judged.cluster_id
        and organisation_years.organisation_id = judged.organisation_id
        and organisation_years.reporting_year = judged.reporting_year
left join emissions
    on
        organisation_years.cluster_id = emissions.cluster_id
        and organisation_years.organisation_id = emissions.organisation_id
        and organisation_years.reporting_year = emissions.reporting_year
left join held_back
    on
        organisation_years.cluster_id = held_back.cluster_id
        and organisation_years.organisation_id = held_back.organisation_id
        and organisation_years.reporting_year = held_back.reporting_year
