-- One row per reporting year.
with

by_organisation as (

    select * from {{ ref('turnover_by_organisation') }}

),

once as (

    -- an organisation in two clusters counts once: where its growth counts, else where its figure is known and accepted
    select *
    from by_organisation
    qualify row_number() over (
        partition by organisation_id, reporting_year
        order by
            case when counts_for_growth then 1 else 2 end,
            case when turnover_gbp is not null then 1 else 2 end,
            case when is_held_back then 2 else 1 end,
            cluster_id
    ) = 1

),

imputed as (

    -- of an organisation in two clusters one estimate counts, and none where the other cluster's return has its figure
    select
        imputations.reporting_year,
        count(distinct imputations.organisation_id) as imputed_organisations,
        {{ rounded('sum(imputations.imputed_figure)', 2) }} as turnover_imputed_gbp
    from (
        select * from {{ ref('imputations') }}
        where field = 'total_income_gbp'
        qualify row_number() over (partition by organisation_id, reporting_year order by cluster_id) = 1
    ) as imputations
    left join once
        on
            imputations.organisation_id = once.organisation_id
            and imputations.reporting_year = once.reporting_year
    where once.turnover_gbp is null
    group by imputations.reporting_year

),

clusters as (

    select
        reporting_year,
        count(*) as cluster_rows,
        count(distinct cluster_id) as clusters,
        {{ rounded('sum(turnover_gbp) filter (where not is_held_back)', 2) }} as turnover_of_clusters_accepted_gbp,
        {{ rounded('coalesce(sum(turnover_gbp) filter (where is_held_back), 0)', 2) }}
            as turnover_of_clusters_excluded_gbp,
        {{ rounded('sum(turnover_gbp)', 2) }} as turnover_of_clusters_gbp
    from by_organisation
    group by reporting_year

),

counted as (

    select
        reporting_year,
        max(target_growth_ratio) as target_growth_ratio,
        count(*) as organisations,
        count(*) filter (where answered) as organisations_answered,
        count(turnover_gbp) as organisations_with_turnover,
        {{ totals_of('turnover_gbp', 2) }},
        count(*) filter (where counts_for_growth) as growth_organisations,
        {{ rounded('sum(turnover_annualised_gbp) filter (where counts_for_growth)', 2) }} as like_for_like_turnover_gbp,
        {{ rounded(
            'sum(previous_turnover_annualised_gbp) filter (where counts_for_growth)', 2
        ) }} as like_for_like_previous_gbp,
        count(real_growth_ratio) as real_growth_organisations,
        {{ rounded('sum(turnover_constant_gbp) filter (where real_growth_ratio is not null)', 2) }}
            as like_for_like_constant_gbp,
        {{ rounded('sum(previous_turnover_constant_gbp) filter (where real_growth_ratio is not null)', 2) }}
            as like_for_like_previous_constant_gbp,
        {{ rounded('median(growth_ratio)', 6) }} as median_growth_ratio,
        count(*) filter (where at_target) as at_target_organisations,
        count(*) filter (where growth_status = 'held back') as held_back_organisations
    from once
    group by reporting_year

)

select
    counted.reporting_year,
    years.returns_received,
    years.returns_due,
    clusters.clusters,
    counted.organisations,
    clusters.cluster_rows - counted.organisations as organisations_counted_once,
    counted.organisations_answered,
    counted.organisations_with_turnover,
    counted.turnover_accepted_gbp,
    counted.turnover_excluded_gbp,
    counted.turnover_gbp,
    clusters.turnover_of_clusters_accepted_gbp,
    clusters.turnover_of_clusters_excluded_gbp,
    clusters.turnover_of_clusters_gbp,
    coalesce(imputed.imputed_organisations, 0) as imputed_organisations,
    coalesce(imputed.turnover_imputed_gbp, 0) as turnover_imputed_gbp,
    {{ rounded('coalesce(counted.turnover_accepted_gbp, 0) + coalesce(imputed.turnover_imputed_gbp, 0)', 2) }}
        as turnover_with_imputed_gbp,
    counted.growth_organisations,
    counted.like_for_like_turnover_gbp,
    counted.like_for_like_previous_gbp,
    case
        when counted.growth_organisations >= {{ var('least_pairs') }}
            then {{ rounded(
                'counted.like_for_like_turnover_gbp / nullif(counted.like_for_like_previous_gbp, 0) - 1', 6
            ) }}
    end as like_for_like_growth_ratio,
    case
        when counted.real_growth_organisations >= {{ var('least_pairs') }}
            then
                {{ rounded(
                    'counted.like_for_like_constant_gbp / nullif(counted.like_for_like_previous_constant_gbp, 0) - 1', 6
                ) }}
    end as like_for_like_real_growth_ratio,
    case when counted.growth_organisations >= {{ var('least_pairs') }} then counted.median_growth_ratio end
        as median_growth_ratio,
    case
        when counted.growth_organisations < {{ var('least_pairs') }}
            then 'fewer than {{ var("least_pairs") }} organisations with figures in both years'
    end as like_for_like_reason,
    counted.at_target_organisations,
    case
        when counted.growth_organisations >= {{ var('least_for_share') }}
            then {{ rounded('cast(counted.at_target_organisations as double) / counted.growth_organisations', 6) }}
    end as share_at_target,
    case
        when counted.growth_organisations < {{ var('least_for_share') }}
            then 'fewer than {{ var("least_for_share") }} organisations with figures in both years'
    end as share_reason,
    counted.target_growth_ratio,
    counted.held_back_organisations
from counted
inner join clusters on counted.reporting_year = clusters.reporting_year
left join imputed on counted.reporting_year = imputed.reporting_year
left join {{ ref('int_programme_years') }} as years on counted.reporting_year = years.reporting_year
