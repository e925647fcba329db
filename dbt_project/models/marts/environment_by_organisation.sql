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

    -- a scope with an activity that has no factor for its year is not known, rather than too small
    select
        cluster_id,
        organisation_id,
        reporting_year,
        max(factor_year) as factor_year,
        bool_or(tco2e is null) as factor_missing,
        {%- for scope in [1, 2, 3] %}
        case
            when count(*) filter (where scope = {{ scope }} and tco2e is null) = 0
                then sum(tco2e) filter (where scope = {{ scope }})
        end as tco2e_scope_{{ scope }},
        {%- endfor %}
        case when count(*) filter (where tco2e is null) = 0 then sum(tco2e) end as tco2e
    from {{ ref('int_emissions') }}
    group by cluster_id, organisation_id, reporting_year

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
    emissions.tco2e_scope_1,
    emissions.tco2e_scope_2,
    emissions.tco2e_scope_3,
    emissions.tco2e,
    organisation_years.environment_themes,
    organisation_years.receipt_id
from organisation_years
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
