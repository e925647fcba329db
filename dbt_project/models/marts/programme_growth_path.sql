-- One row per population and year of its path, from the year it starts from (0) to the last.
with

path_years as (
    {% for year in range(var('path_years') | int + 1) %}
    select {{ year }} as path_year
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

targets as (

    select
        max(value) filter (where target = 'organisation_turnover_growth') as participants_growth_ratio,
        max(value) filter (where target = 'region_turnover_growth') as region_growth_ratio,
        max(value) filter (where target = 'region_turnover_start') as region_starts_from_gbp,
        max(value) filter (where target = 'region_start_year') as region_starts_in
    from {{ source('programme', 'targets') }}

),

programme as (

    select min({{ financial_year_start('started_on') }}) - 1 as starts_in
    from {{ source('programme', 'clusters') }}

),

baselines as (

    -- an organisation in two clusters counts once, with its earliest baseline
    select
        organisation_id,
        {{ year_start('baseline_year') }} as starts_in,
        baseline_turnover_annualised_gbp as baseline_gbp
    from {{ ref('baseline_by_organisation') }}
    where baseline_turnover_annualised_gbp is not null
    qualify row_number() over (partition by organisation_id order by baseline_year, cluster_id) = 1

),

baseline_sums as (

    select
        starts_in,
        count(*) as organisations,
        {{ exact_sum('baseline_gbp', decimals=2) }} as baseline_gbp
    from baselines
    group by starts_in

),

paths as (

    select
        path_years.path_year,
        cast(sum(baseline_sums.organisations) as bigint) as organisations,
        {{ exact_sum(
            'baseline_sums.baseline_gbp * power('
            ~ '1 + targets.participants_growth_ratio,'
            ~ ' programme.starts_in + path_years.path_year - baseline_sums.starts_in)',
            decimals=2,
        ) }} as target_gbp
    from path_years
    cross join programme
    cross join targets
    inner join baseline_sums on programme.starts_in + path_years.path_year >= baseline_sums.starts_in
    group by path_years.path_year

),

figures as (

    select
        by_organisation.reporting_year,
        count(*) as organisations_with_turnover,
        {{ exact_sum('by_organisation.turnover_annualised_gbp', decimals=2) }} as turnover_gbp,
        {{ exact_sum(
            'baselines.baseline_gbp * power(1 + targets.participants_growth_ratio, '
            ~ year_start('by_organisation.reporting_year') ~ ' - baselines.starts_in)',
            decimals=2,
        ) }} as target_of_those_gbp
    from (
        select *
        from {{ ref('turnover_by_organisation') }}
        where turnover_annualised_gbp is not null and not is_held_back
        qualify row_number() over (partition by organisation_id, reporting_year order by cluster_id) = 1
    ) as by_organisation
    cross join targets
    inner join baselines
        on
            by_organisation.organisation_id = baselines.organisation_id
            and {{ year_start('by_organisation.reporting_year') }} >= baselines.starts_in
    group by by_organisation.reporting_year

),

participants as (

    select
        'participants' as population,
        path_years.path_year,
        {{ reporting_year_from('(programme.starts_in + path_years.path_year)') }} as reporting_year,
        targets.participants_growth_ratio as target_growth_ratio,
        paths.organisations,
        paths.target_gbp
    from path_years
    cross join programme
    cross join targets
    left join paths on path_years.path_year = paths.path_year

),

region as (

    select
        'region' as population,
        path_years.path_year,
        {{ reporting_year_from('(cast(targets.region_starts_in as integer) + path_years.path_year)') }}
            as reporting_year,
        targets.region_growth_ratio as target_growth_ratio,
        cast(null as bigint) as organisations,
        targets.region_starts_from_gbp * power(1 + targets.region_growth_ratio, path_years.path_year) as target_gbp
    from path_years
    cross join targets
    where targets.region_starts_in is not null

),

lines as (

    select * from participants
    union all
    select * from region

)

select
    lines.population,
    lines.path_year,
    lines.reporting_year,
    case when lines.population = 'participants' then years.returns_received end as returns_received,
    case when lines.population = 'participants' then years.returns_due end as returns_due,
    lines.target_growth_ratio,
    lines.organisations,
    {{ rounded('lines.target_gbp', 2) }} as target_turnover_gbp,
    figures.organisations_with_turnover,
    figures.turnover_gbp,
    figures.target_of_those_gbp,
    {{ rounded('figures.turnover_gbp / nullif(figures.target_of_those_gbp, 0) - 1', 6) }} as distance_ratio,
    {{ rounded('figures.turnover_gbp / region.target_gbp', 6) }} as share_of_region_target,
    case
        when lines.population = 'region' then 'not measured: returns are about participants only'
        when figures.turnover_gbp is null then 'no turnover with a baseline in this year'
    end as turnover_reason,
    case
        when lines.population = 'participants'
            then 'What the organisations turn over, whatever made it grow: contribution, not attribution.'
        else 'The whole social economy of the region: another population, never to be added to the participants.'
    end as caution
from lines
left join figures
    on
        lines.population = 'participants'
        and lines.reporting_year = figures.reporting_year
left join region
    on
        lines.population = 'participants'
        and lines.reporting_year = region.reporting_year
left join {{ ref('int_programme_years') }} as years on lines.reporting_year = years.reporting_year
