-- One row per cluster and reporting year.
with

by_organisation as (

    select * from {{ ref('environment_by_organisation') }}

),

counted as (

    select
        cluster_id,
        cluster_name,
        reporting_year,
        count(*) as organisations,
        count(*) filter (where is_held_back) as held_back_organisations,
        count(factor_year) as organisations_with_quantities,
        count(*) filter (where factor_missing) as organisations_without_factor,
        {%- for column in environment_quantities() %}
        {{ totals_of(column, 6) }},
        {%- endfor %}
        count(tco2e_change) as compared_organisations,
        {{ rounded('sum(previous_tco2e_compared)', 6) }} as previous_tco2e_compared,
        {{ rounded('sum(tco2e_change)', 6) }} as tco2e_change,
        {{ rounded('sum(tco2e_change_by_activity)', 6) }} as tco2e_change_by_activity,
        {{ rounded('sum(tco2e_change_by_factors)', 6) }} as tco2e_change_by_factors,
        {%- for column, code in environment_themes().items() %}
        count(*) filter (where '; ' || environment_themes || ';' like '%; {{ code }};%') as organisations_{{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from by_organisation
    group by cluster_id, cluster_name, reporting_year

),

emissions as (

    select
        emissions.*,
        by_organisation.is_held_back
    from {{ ref('int_emissions') }} as emissions
    inner join by_organisation
        on
            emissions.cluster_id = by_organisation.cluster_id
            and emissions.organisation_id = by_organisation.organisation_id
            and emissions.reporting_year = by_organisation.reporting_year

),
{% for part, condition in {'as_sent': 'true', 'accepted': 'not is_held_back', 'excluded': 'is_held_back'}.items() %}
{{ part }} as (

    select
        cluster_id,
        reporting_year,
        {{- tco2e_columns() }}
    from emissions
    where {{ condition }}
    group by cluster_id, reporting_year

),
{% endfor %}
decompositions as (

    select * from {{ ref('int_reconciliations') }}
    where reconciliation = 'change of CO2e'

),

figures as (

    select
        counted.cluster_id,
        counted.cluster_name,
        counted.reporting_year,
        counted.organisations,
        counted.held_back_organisations,
        counted.organisations_with_quantities,
        counted.organisations_without_factor,
        {%- for column in environment_quantities() %}
        {{ total_columns(column, 'counted.') }},
        {%- endfor %}
        {%- for column in ['tco2e_scope_1', 'tco2e_scope_2', 'tco2e_scope_3', 'tco2e'] %}
        accepted.{{ column }} as {{ column }}_accepted,
        -- not known where a factor is missing
        case when excluded.cluster_id is null then 0 else excluded.{{ column }} end as {{ column }}_excluded,
        as_sent.{{ column }},
        {%- endfor %}
        coalesce(as_sent.factor_missing, false) as factor_missing,
        as_sent.factors_verified,
        counted.compared_organisations,
        counted.previous_tco2e_compared,
        case when decompositions.adds_up then counted.tco2e_change end as tco2e_change,
        case when decompositions.adds_up then counted.tco2e_change_by_activity end as tco2e_change_by_activity,
        case when decompositions.adds_up then counted.tco2e_change_by_factors end as tco2e_change_by_factors,
        case
            when counted.compared_organisations = 0 then 'no organisation with quantities and factors of both years'
            when not coalesce(decompositions.adds_up, false) then '{{ not_adding_up() }}'
        end as tco2e_change_reason,
        {%- for column in environment_themes() %}
        counted.organisations_{{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from counted
    left join as_sent
        on
            counted.cluster_id = as_sent.cluster_id
            and counted.reporting_year = as_sent.reporting_year
    left join accepted
        on
            counted.cluster_id = accepted.cluster_id
            and counted.reporting_year = accepted.reporting_year
    left join excluded
        on
            counted.cluster_id = excluded.cluster_id
            and counted.reporting_year = excluded.reporting_year
    left join decompositions
        on
            counted.cluster_id = decompositions.cluster_id
            and counted.reporting_year = decompositions.reporting_year

)

{{ with_quality_rating('environment') }}
