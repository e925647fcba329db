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
        round(sum(fte), 6) as fte,
        count(headcount_change) as like_for_like_organisations,
        sum(headcount_change) as headcount_change,
        sum(previous_headcount) filter (where headcount_change is not null) as previous_headcount,
        count(fte_change) as like_for_like_fte_organisations,
        round(sum(fte_change), 6) as fte_change,
        round(sum(previous_fte) filter (where fte_change is not null), 6) as previous_fte,
        count(*) filter (where change_status = 'held back') as held_back_organisations,
        count(jobs_created_headcount) as organisations_with_jobs_created,
        sum(jobs_created_headcount) as jobs_created_headcount,
        round(sum(jobs_created_fte), 6) as jobs_created_fte,
        count(jobs_safeguarded_fte) as organisations_with_jobs_safeguarded,
        round(sum(jobs_safeguarded_fte), 6) as jobs_safeguarded_fte,
        count(jobs_disadvantaged) as organisations_with_jobs_disadvantaged,
        sum(jobs_disadvantaged) as jobs_disadvantaged
    from by_organisation
    group by cluster_id, cluster_name, reporting_year

),

figures as (

    select
        cluster_id,
        cluster_name,
        reporting_year,
        organisations,
        organisations_with_headcount,
        headcount,
        organisations_with_fte,
        fte,
        like_for_like_organisations,
        headcount_change,
        previous_headcount,
        like_for_like_fte_organisations,
        fte_change,
        previous_fte,
        held_back_organisations,
        organisations_with_jobs_created,
        jobs_created_headcount,
        jobs_created_fte,
        organisations_with_jobs_safeguarded,
        jobs_safeguarded_fte,
        organisations_with_jobs_disadvantaged,
        jobs_disadvantaged,
        case
            when like_for_like_organisations >= {{ var('least_pairs') }}
                then round(headcount_change / nullif(previous_headcount, 0), 6)
        end as headcount_growth_ratio,
        case
            when like_for_like_fte_organisations >= {{ var('least_pairs') }}
                then round(fte_change / nullif(previous_fte, 0), 6)
        end as fte_growth_ratio,
        case
            when like_for_like_organisations < {{ var('least_pairs') }}
                then 'fewer than {{ var("least_pairs") }} organisations with figures in both years'
        end as growth_reason
    from counted

)

{{ with_confidence('employment') }}
