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
