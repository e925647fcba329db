-- One row per cluster and reporting year.
with

by_organisation as (

    select * from {{ ref('turnover_by_organisation') }}

),

counted as (

    select
        cluster_id,
        cluster_name,
        reporting_year,
        max(target_growth_ratio) as target_growth_ratio,
        count(*) as organisations,
        count(*) filter (where answered) as organisations_answered,
        count(turnover_gbp) as organisations_with_turnover,
        round(sum(turnover_gbp), 2) as turnover_gbp,
        round(sum(turnover_gbp) filter (where is_held_back), 2) as turnover_held_back_gbp,
        count(*) filter (where counts_for_growth) as growth_organisations,
        round(sum(turnover_annualised_gbp) filter (where counts_for_growth), 2) as like_for_like_turnover_gbp,
        round(sum(previous_turnover_annualised_gbp) filter (where counts_for_growth), 2) as like_for_like_previous_gbp,
        round(median(growth_ratio), 6) as median_growth_ratio,
        count(*) filter (where at_target) as at_target_organisations,
        count(*) filter (where growth_status = 'held back') as held_back_organisations,
        count(*) filter (where growth_status = 'small base') as small_base_organisations
    from by_organisation
    group by cluster_id, cluster_name, reporting_year

),

grown as (

    select
        *,
        case
            when growth_organisations >= {{ var('least_pairs') }}
                then round(like_for_like_turnover_gbp / nullif(like_for_like_previous_gbp, 0) - 1, 6)
        end as like_for_like_growth_ratio
    from counted

)

select
    cluster_id,
    cluster_name,
    reporting_year,
    organisations,
    organisations_answered,
    organisations_with_turnover,
    turnover_gbp,
    turnover_held_back_gbp,
    growth_organisations,
    growth_organisations as like_for_like_organisations,
    like_for_like_turnover_gbp,
    like_for_like_previous_gbp,
    like_for_like_growth_ratio,
    case
        when growth_organisations < {{ var('least_pairs') }}
            then 'fewer than {{ var("least_pairs") }} organisations with figures in both years'
    end as like_for_like_reason,
    case when growth_organisations >= {{ var('least_pairs') }} then median_growth_ratio end as median_growth_ratio,
    at_target_organisations,
    case
        when growth_organisations >= {{ var('least_for_share') }}
            then round(cast(at_target_organisations as double) / growth_organisations, 6)
    end as share_at_target,
    case
        when growth_organisations < {{ var('least_for_share') }}
            then 'fewer than {{ var("least_for_share") }} organisations with figures in both years'
    end as share_reason,
    target_growth_ratio,
    like_for_like_growth_ratio >= target_growth_ratio as on_target,
    held_back_organisations,
    small_base_organisations
from grown
