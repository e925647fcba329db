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
        sum(headcount) as headcount,
        count(fte) as organisations_with_fte,
        {{ rounded('sum(fte)', 6) }} as fte,
        count(headcount_change) as like_for_like_organisations,
        sum(headcount_change) as headcount_change,
        sum(previous_headcount) filter (where headcount_change is not null) as previous_headcount,
        count(fte_change) as like_for_like_fte_organisations,
        {{ rounded('sum(fte_change)', 6) }} as fte_change,
        {{ rounded('sum(previous_fte) filter (where fte_change is not null)', 6) }} as previous_fte,
        count(*) filter (where change_status = 'held back') as held_back_organisations,
        count(jobs_created_headcount) as organisations_with_jobs_created,
        sum(jobs_created_headcount) as jobs_created_headcount,
        {{ rounded('sum(jobs_created_fte)', 6) }} as jobs_created_fte,
        count(jobs_safeguarded_fte) as organisations_with_jobs_safeguarded,
        {{ rounded('sum(jobs_safeguarded_fte)', 6) }} as jobs_safeguarded_fte,
        count(jobs_disadvantaged) as organisations_with_jobs_disadvantaged,
        sum(jobs_disadvantaged) as jobs_disadvantaged
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
        counted.headcount,
        coalesce(imputed.imputed_headcount_organisations, 0) as imputed_headcount_organisations,
        coalesce(imputed.headcount_imputed, 0) as headcount_imputed,
        counted.organisations_with_fte,
        counted.fte,
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
        counted.jobs_created_headcount,
        counted.jobs_created_fte,
        counted.organisations_with_jobs_safeguarded,
        counted.jobs_safeguarded_fte,
        counted.organisations_with_jobs_disadvantaged,
        counted.jobs_disadvantaged,
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
