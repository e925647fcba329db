-- One row per cluster and reporting year.
with

by_organisation as (

    select * from {{ ref('turnover_by_organisation') }}

),

set_aside as (

    select
        cluster_id,
        reporting_year
    from {{ ref('int_returns_due') }}
    where is_set_aside

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
        {{ totals_of('turnover_gbp', 2) }},
        count(*) filter (where counts_for_growth) as growth_organisations,
        {{ rounded('sum(turnover_annualised_gbp) filter (where counts_for_growth)', 2) }} as like_for_like_turnover_gbp,
        {{ rounded(
            'sum(previous_turnover_annualised_gbp) filter (where counts_for_growth)', 2
        ) }} as like_for_like_previous_gbp,
        {{ rounded('sum(turnover_gbp) filter (where counts_for_growth)', 2) }} as like_for_like_as_sent_gbp,
        {{ rounded(
            'sum(previous_turnover_gbp) filter (where counts_for_growth)', 2
        ) }} as like_for_like_previous_as_sent_gbp,
        count(real_growth_ratio) as real_growth_organisations,
        {{ rounded('sum(turnover_constant_gbp) filter (where real_growth_ratio is not null)', 2) }}
            as like_for_like_constant_gbp,
        {{ rounded('sum(previous_turnover_constant_gbp) filter (where real_growth_ratio is not null)', 2) }}
            as like_for_like_previous_constant_gbp,
        min(real_growth_reason) filter (where counts_for_growth) as price_reason,
        max(cluster_year) as cluster_year,
        count(distance_from_path_gbp) as path_organisations,
        {{ rounded('sum(turnover_annualised_gbp) filter (where distance_from_path_gbp is not null)', 2) }}
            as turnover_on_path_gbp,
        {{ rounded(
            'sum(path_turnover_gbp) filter (where distance_from_path_gbp is not null)', 2
        ) }} as path_turnover_gbp,
        {{ rounded('sum(distance_from_path_gbp)', 2) }} as distance_from_path_gbp,
        {{ rounded('median(growth_ratio)', 6) }} as median_growth_ratio,
        count(*) filter (where at_target) as at_target_organisations,
        count(*) filter (where growth_status = 'held back') as held_back_organisations,
        count(*) filter (where growth_status = 'small base') as small_base_organisations
    from by_organisation
    group by cluster_id, cluster_name, reporting_year

),

changes as (

    select
        cluster_id,
        reporting_year,
        {{ rounded('coalesce(sum(start_gbp), 0)', 2) }} as change_starts_from_gbp,
        {%- for part in turnover_change_parts() %}
        {{ rounded(
            'sum(change_' ~ part | replace(' ', '_') ~ '_gbp)', 2
        ) }} as change_{{ part | replace(' ', '_') }}_gbp,
        {%- endfor %}
        {{ rounded('sum(change_corrections_gbp)', 2) }} as change_corrections_gbp,
        {{ rounded('coalesce(sum(end_gbp), 0)', 2) }} as change_ends_at_gbp,
        {{ rounded('sum(change_gbp)', 2) }} as change_gbp
    from {{ ref('turnover_change_by_organisation') }}
    group by cluster_id, reporting_year

),

decompositions as (

    select * from {{ ref('int_reconciliations') }}
    where reconciliation = 'change of turnover'

),

imputed as (

    select
        cluster_id,
        reporting_year,
        count(*) as imputed_organisations,
        {{ rounded('sum(imputed_figure)', 2) }} as turnover_imputed_gbp
    from {{ ref('imputations') }}
    where field = 'total_income_gbp'
    group by cluster_id, reporting_year

),

grown as (

    select
        *,
        case
            when growth_organisations >= {{ var('least_pairs') }}
                then {{ rounded('like_for_like_turnover_gbp / nullif(like_for_like_previous_gbp, 0) - 1', 6) }}
        end as like_for_like_growth_ratio
    from counted

),

figures as (

    select
        grown.cluster_id,
        grown.cluster_name,
        grown.reporting_year,
        grown.organisations,
        grown.organisations_answered,
        grown.organisations_with_turnover,
        {{ total_columns('turnover_gbp', 'grown.') }},
        coalesce(imputed.imputed_organisations, 0) as imputed_organisations,
        coalesce(imputed.turnover_imputed_gbp, 0) as turnover_imputed_gbp,
        {{ rounded('coalesce(grown.turnover_accepted_gbp, 0) + coalesce(imputed.turnover_imputed_gbp, 0)', 2) }}
            as turnover_with_imputed_gbp,
        grown.growth_organisations,
        grown.growth_organisations as like_for_like_organisations,
        grown.like_for_like_turnover_gbp,
        grown.like_for_like_previous_gbp,
        grown.like_for_like_growth_ratio,
        case
            when grown.growth_organisations < {{ var('least_pairs') }}
                then 'fewer than {{ var("least_pairs") }} organisations with figures in both years'
        end as like_for_like_reason,
        case
            when grown.growth_organisations >= {{ var('least_pairs') }}
                then
                    {{ rounded(
                        'grown.like_for_like_as_sent_gbp / nullif(grown.like_for_like_previous_as_sent_gbp, 0) - 1', 6
                    ) }}
        end as like_for_like_growth_as_sent_ratio,
        grown.real_growth_organisations,
        grown.like_for_like_constant_gbp,
        grown.like_for_like_previous_constant_gbp,
        case
            when grown.real_growth_organisations >= {{ var('least_pairs') }}
                then
                    {{ rounded(
                        'grown.like_for_like_constant_gbp / nullif(grown.like_for_like_previous_constant_gbp, 0) - 1', 6
                    ) }}
        end as like_for_like_real_growth_ratio,
        case
            when grown.growth_organisations < {{ var('least_pairs') }} or grown.price_reason is null
                then
                    case
                        when grown.real_growth_organisations < {{ var('least_pairs') }}
                            then 'fewer than {{ var("least_pairs") }} organisations with figures in both years'
                    end
            when grown.real_growth_organisations < {{ var('least_pairs') }} then grown.price_reason
        end as real_growth_reason,
        case when grown.growth_organisations >= {{ var('least_pairs') }} then grown.median_growth_ratio end
            as median_growth_ratio,
        grown.at_target_organisations,
        case
            when grown.growth_organisations >= {{ var('least_for_share') }}
                then {{ rounded('cast(grown.at_target_organisations as double) / grown.growth_organisations', 6) }}
        end as share_at_target,
        case
            when grown.growth_organisations < {{ var('least_for_share') }}
                then 'fewer than {{ var("least_for_share") }} organisations with figures in both years'
        end as share_reason,
        grown.target_growth_ratio,
        grown.like_for_like_growth_ratio >= grown.target_growth_ratio as on_target,
        grown.held_back_organisations,
        grown.small_base_organisations,
        {%- for part in ['starts from'] + turnover_change_parts() + ['corrections', 'ends at'] %}
        case when decompositions.adds_up then changes.change_{{ part | replace(' ', '_') }}_gbp end
            as change_{{ part | replace(' ', '_') }}_gbp,
        {%- endfor %}
        case when decompositions.adds_up then changes.change_gbp end as change_gbp,
        case
            when changes.cluster_id is null and set_aside.cluster_id is not null
                then 'the return of the year before is set aside by us'
            when changes.cluster_id is null then 'no return for the year before'
            when not coalesce(decompositions.adds_up, false) then '{{ not_adding_up() }}'
        end as change_reason,
        grown.cluster_year,
        grown.path_organisations,
        grown.turnover_on_path_gbp,
        grown.path_turnover_gbp,
        grown.distance_from_path_gbp,
        {{ rounded(
            'grown.turnover_on_path_gbp / nullif(grown.path_turnover_gbp, 0) - 1', 6
        ) }} as distance_from_path_ratio
    from grown
    left join changes
        on
            grown.cluster_id = changes.cluster_id
            and grown.reporting_year = changes.reporting_year
    left join decompositions
        on
            grown.cluster_id = decompositions.cluster_id
            and grown.reporting_year = decompositions.reporting_year
    left join set_aside
        on
            grown.cluster_id = set_aside.cluster_id
            and {{ year_before('grown.reporting_year') }} = set_aside.reporting_year
    left join imputed
        on
            grown.cluster_id = imputed.cluster_id
            and grown.reporting_year = imputed.reporting_year

)

{{ with_quality_rating('turnover') }}
