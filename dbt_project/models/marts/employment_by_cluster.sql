-- One row per cluster and reporting year.
with

by_organisation as (

    select * from {{ ref('employment_by_organisation') }}

),

counted as (

    select
        cluster_id,
        cluster_name,
        reporting_year,
        count(*) as organisations,
        count(headcount) as organisations_with_headcount,
        {{ totals_of('headcount', 6) }},
        count(fte) as organisations_with_fte,
        {{ totals_of('fte', 6) }},
        count(headcount_change) as like_for_like_organisations,
        sum(headcount_change) as headcount_change,
        sum(previous_headcount) filter (where headcount_change is not null) as previous_headcount,
        count(fte_change) as like_for_like_fte_organisations,
        {{ rounded('sum(fte_change)', 6) }} as fte_change,
        {{ rounded('sum(previous_fte) filter (where fte_change is not null)', 6) }} as previous_fte,
        count(*) filter (where change_status = 'held back') as held_back_organisations,
        count(jobs_created_headcount) as organisations_with_jobs_created,
        {{ totals_of('jobs_created_headcount', 6, 'jobs_are_held_back') }},
        {{ totals_of('jobs_created_fte', 6, 'jobs_are_held_back') }},
        count(jobs_safeguarded_fte) as organisations_with_jobs_safeguarded,
        {{ totals_of('jobs_safeguarded_fte', 6, 'jobs_are_held_back') }},
        count(jobs_disadvantaged) as organisations_with_jobs_disadvantaged,
        {{ totals_of('jobs_disadvantaged', 6, 'jobs_are_held_back') }}
    from by_organisation
    group by cluster_id, cluster_name, reporting_year

),

imputed as (

    select
        cluster_id,
        reporting_year,
        count(*) filter (where field = 'employees_headcount') as imputed_headcount_organisations,
        {{ rounded("sum(imputed_figure) filter (where field = 'employees_headcount')", 2) }} as headcount_imputed,
        count(*) filter (where field = 'employees_fte') as imputed_fte_organisations,
        {{ rounded("sum(imputed_figure) filter (where field = 'employees_fte')", 2) }} as fte_imputed
    from {{ ref('imputations') }}
    group by cluster_id, reporting_year

),

figures as (

    select
        counted.cluster_id,
        counted.cluster_name,
        counted.reporting_year,
        counted.organisations,
        counted.organisations_with_headcount,
        {{ total_columns('headcount', 'counted.') }},
        coalesce(imputed.imputed_headcount_organisations, 0) as imputed_headcount_organisations,
        coalesce(imputed.headcount_imputed, 0) as headcount_imputed,
        counted.organisations_with_fte,
        {{ total_columns('fte', 'counted.') }},
        coalesce(imputed.imputed_fte_organisations, 0) as imputed_fte_organisations,
        coalesce(imputed.fte_imputed, 0) as fte_imputed,
        counted.like_for_like_organisations,
        counted.headcount_change,
        counted.previous_headcount,
        counted.like_for_like_fte_organisations,
        counted.fte_change,
        counted.previous_fte,
        counted.held_back_organisations,
        counted.organisations_with_jobs_created,
        {{ total_columns('jobs_created_headcount', 'counted.') }},
        {{ total_columns('jobs_created_fte', 'counted.') }},
        counted.organisations_with_jobs_safeguarded,
        {{ total_columns('jobs_safeguarded_fte', 'counted.') }},
        counted.organisations_with_jobs_disadvantaged,
        {{ total_columns('jobs_disadvantaged', 'counted.') }},
        case
            when counted.like_for_like_organisations >= {{ var('least_pairs') }}
                then {{ rounded('counted.headcount_change / nullif(counted.previous_headcount, 0)', 6) }}
        end as headcount_growth_ratio,
        case
            when counted.like_for_like_fte_organisations >= {{ var('least_pairs') }}
                then {{ rounded('counted.fte_change / nullif(counted.previous_fte, 0)', 6) }}
        end as fte_growth_ratio,
        case
            when counted.like_for_like_organisations < {{ var('least_pairs') }}
                then 'fewer than {{ var("least_pairs") }} organisations with figures in both years'
        end as growth_reason
    from counted
    left join imputed
        on
            counted.cluster_id = imputed.cluster_id
            and counted.reporting_year = imputed.reporting_year

)

{{ with_quality_rating('employment') }}
