-- One row per cluster and reporting year.
{%- set sums = [
    'volunteers', 'volunteer_hours', 'volunteer_hours_low_gbp', 'volunteer_hours_central_gbp',
    'volunteer_hours_high_gbp', 'clients_supported', 'client_attendances', 'jobs_created_headcount',
    'jobs_created_fte', 'jobs_safeguarded_fte', 'jobs_disadvantaged',
] %}
with

by_organisation as (

    select * from {{ ref('social_value_by_organisation') }}

),

imputed as (

    select
        cluster_id,
        reporting_year,
        count(*) filter (where field = 'volunteer_hours') as imputed_hours_organisations,
        {{ rounded("sum(imputed_figure) filter (where field = 'volunteer_hours')", 2) }} as volunteer_hours_imputed
    from {{ ref('imputations') }}
    group by cluster_id, reporting_year

),

summed as (

    select
        cluster_id,
        cluster_name,
        reporting_year,
        count(*) as organisations,
        count(*) filter (where is_held_back) as held_back_organisations,
        count(volunteer_hours) as organisations_with_hours,
        count(volunteer_hours) filter (where volunteer_hours_quality = 'recorded') as organisations_with_recorded_hours,
        count(volunteer_hours_low_gbp) as organisations_with_valued_hours,
        {%- for column in sums %}
        {{ totals_of(column, 2) }},
        {%- endfor %}
        {%- for column in outcome_types() %}
        {{ totals_of('outcome_' ~ column ~ '_people', 6) }},
        {%- endfor %}
        {{ totals_of('contract_social_value_gbp', 2) }},
        max(method_id) as method_id,
        max(method_version) as method_version,
        max(method_flag) as method_flag
    from by_organisation
    group by cluster_id, cluster_name, reporting_year

),

figures as (

    select
        summed.*,
        coalesce(imputed.imputed_hours_organisations, 0) as imputed_hours_organisations,
        coalesce(imputed.volunteer_hours_imputed, 0) as volunteer_hours_imputed
    from summed
    left join imputed
        on
            summed.cluster_id = imputed.cluster_id
            and summed.reporting_year = imputed.reporting_year

)

{{ with_quality_rating('social value') }}
