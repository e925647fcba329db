-- One row per cluster and year of its target path, from the year before its first (0) to the last.
with

clusters as (

    select
        cluster_id,
        cluster_name,
        {{ financial_year_start('started_on') }} as started_in
    from {{ source('programme', 'clusters') }}

),

cluster_years as (
    {% for year in range(var('path_years') | int + 1) %}
    select {{ year }} as cluster_year
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

target as (

    select value as target_growth_ratio
    from {{ source('programme', 'targets') }}
    where target = 'organisation_turnover_growth'

),

baselines as (

    -- added up by the year they start from, since all of a year grow alike
    select
        cluster_id,
        {{ year_start('baseline_year') }} as starts_in,
        count(*) as organisations,
        {{ exact_sum('baseline_turnover_annualised_gbp', decimals=2) }} as baseline_gbp
    from {{ ref('baseline_by_organisation') }}
    where baseline_turnover_annualised_gbp is not null
    group by cluster_id, {{ year_start('baseline_year') }}

),

by_cluster as (

    select * from {{ ref('turnover_by_cluster') }}

),

years as (

    select
        clusters.cluster_id,
        clusters.cluster_name,
        cluster_years.cluster_year,
        clusters.started_in + cluster_years.cluster_year - 1 as starts_in,
        target.target_growth_ratio
    from clusters
    cross join cluster_years
    left join target on true

),

paths as (

    select
        years.cluster_id,
        years.cluster_year,
        cast(sum(baselines.organisations) as bigint) as organisations,
        {{ exact_sum(
            'baselines.baseline_gbp * power(1 + years.target_growth_ratio, years.starts_in - baselines.starts_in)',
            decimals=2,
        ) }} as path_turnover_gbp
    from years
    inner join baselines
        on
            years.cluster_id = baselines.cluster_id
            and years.starts_in >= baselines.starts_in
    group by years.cluster_id, years.cluster_year

)

select
    years.cluster_id,
    years.cluster_name,
    years.cluster_year,
    {{ reporting_year_from('years.starts_in') }} as reporting_year,
    years.target_growth_ratio,
    coalesce(paths.organisations, 0) as organisations,
    paths.path_turnover_gbp,
    by_cluster.path_organisations as organisations_with_turnover,
    by_cluster.turnover_on_path_gbp as turnover_gbp,
    by_cluster.path_turnover_gbp as path_of_those_gbp,
    by_cluster.distance_from_path_gbp,
    by_cluster.distance_from_path_ratio
from years
left join paths
    on
        years.cluster_id = paths.cluster_id
        and years.cluster_year = paths.cluster_year
left join by_cluster
    on
        years.cluster_id = by_cluster.cluster_id
        and {{ reporting_year_from('years.starts_in') }} = by_cluster.reporting_year
