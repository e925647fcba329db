-- One row per cluster, organisation, reporting year and activity with a quantity.
with

organisation_years as (

    select
        *,
        -- the calendar year that holds most of the accounting period; without dates, the one the year begins in
        coalesce(
            cast(extract(year from {{ middle_of('period_starts_on', 'period_ends_on') }}) as integer),
            cast(substr(reporting_year, 1, 4) as integer)
        ) as factor_year
    from {{ ref('int_organisation_years') }}

),

factors as (

    select * from {{ ref('ghg_factors') }}

),

activities as (
    {% for field, activity in emission_activities() %}
    select
        cluster_id,
        organisation_id,
        reporting_year,
        factor_year,
        '{{ activity }}' as activity,
        {{ field }} as quantity
    from organisation_years
    where {{ field }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

scopes as (

    select
        field,
        max(scope) as scope
    from factors
    group by field

)

select
    activities.cluster_id,
    activities.organisation_id,
    activities.reporting_year,
    activities.activity,
    scopes.scope,
    activities.factor_year,
    activities.quantity,
    factors.kgco2e_per_unit,
    factors.verified = 'read' as factor_verified,
    factors.source as factor_source,
    {{ rounded('activities.quantity * factors.kgco2e_per_unit / 1000', 6) }} as tco2e
from activities
inner join scopes on activities.activity = scopes.field
left join factors
    on
        activities.activity = factors.field
        and activities.factor_year = factors.year
