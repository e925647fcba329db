-- One row per organisation, reporting year and figure whose change from the year before is held against its peers'.
{%- set exponent = threshold_of('P03', 'exponent') -%}
{%- set least_pairs = threshold_of('P03', 'least_pairs') %}
with

pairs as (

    select *
    from {{ ref('int_year_pairs') }}
    where years_between = 1

),

changes as (
    {% for field, this, last in [
        ('total_income_gbp', 'total_income_annualised_gbp', 'previous_total_income_annualised_gbp'),
        ('employees_fte', 'employees_fte', 'previous_employees_fte'),
    ] %}
    select
        cluster_id,
        cluster_name,
        organisation_id,
        organisation_name,
        reporting_year,
        previous_reporting_year,
        receipt_id,
        sheet,
        row_number,
        '{{ field }}' as field,
        {{ this }} as this_value,
        {{ last }} as last_value,
        {{ this }} / {{ last }} as ratio,
        coalesce({{ first_code('sectors') }}, 'no sector') as sector,
        {{ size_band('previous_total_income_annualised_gbp') }} as size_band
    from pairs
    -- as Statistics Canada's banff leaves out zeros, negatives and blanks
    where {{ this }} > 0 and {{ last }} > 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

once as (

    -- an organisation that two clusters send counts once among the peers
    select
        *,
        row_number() over (partition by organisation_id, reporting_year, field order by cluster_id) = 1 as is_first
    from changes

),

members as (

    select
        organisation_id,
        reporting_year,
        field,
        ratio,
        this_value,
        last_value,
        sector,
        size_band
    from once
    where is_first

),

alike as (

    select
        reporting_year,
        field,
        sector,
        size_band,
        count(*) as pairs_alike
    from members
    group by reporting_year, field, sector, size_band

),

sized as (

    select
        *,
        sum(pairs_alike) over (partition by reporting_year, field, sector) as pairs_in_sector
    from alike

),

groups as (

    -- the narrowest group with enough pairs; clusters are always pooled
    select
        reporting_year,
        field,
        sector,
        size_band,
        case
            when sector <> 'no sector' and pairs_alike >= {{ least_pairs }} then sector || ', ' || size_band
            when sector <> 'no sector' and pairs_in_sector >= {{ least_pairs }} then sector
            else 'the whole programme'
        end as peer_group
    from sized

),

grouped as (

    select
        once.*,
        groups.peer_group
    from once
    inner join groups
        on
            once.reporting_year = groups.reporting_year
            and once.field = groups.field
            and once.sector = groups.sector
            and once.size_band = groups.size_band

),

wanted as (

    select distinct
        reporting_year,
        field,
        peer_group
    from groups

),

belongings as (

    -- the groups that those of a sector and size belong to: three at most
    select
        wanted.reporting_year,
        wanted.field,
        wanted.peer_group,
        groups.sector,
        groups.size_band
    from wanted
    inner join groups
        on
            wanted.reporting_year = groups.reporting_year
            and wanted.field = groups.field
            and wanted.peer_group in (
                groups.sector || ', ' || groups.size_band, groups.sector, 'the whole programme'
            )

),

group_members as (

    -- everyone of the group, also those whose own narrower group was large enough
    select
        belongings.reporting_year,
        belongings.field,
        belongings.peer_group,
        members.organisation_id,
        members.ratio,
        members.this_value,
        members.last_value
    from belongings
    inner join members
        on
            belongings.reporting_year = members.reporting_year
            and belongings.field = members.field
            and belongings.sector = members.sector
            and belongings.size_band = members.size_band

),

ratio_medians as (

    select
        reporting_year,
        field,
        peer_group,
        count(*) as pairs_in_group,
        median(ratio) as median_ratio,
        median(ln(ratio)) as median_log
    from group_members
    group by reporting_year, field, peer_group

),

effects as (

    select
        group_members.*,
        ratio_medians.pairs_in_group,
        {{ hb_effect(
            'group_members.ratio', 'ratio_medians.median_ratio', 'group_members.this_value',
            'group_members.last_value', exponent
        ) }} as effect,
        abs(ln(group_members.ratio) - ratio_medians.median_log) as log_distance
    from group_members
    inner join ratio_medians
        on
            group_members.reporting_year = ratio_medians.reporting_year
            and group_members.field = ratio_medians.field
            and group_members.peer_group = ratio_medians.peer_group

),

ranked as (

    select
        *,
        row_number() over (
            partition by reporting_year, field, peer_group order by effect, organisation_id
        ) as place
    from effects

),

quartiles as (

    select
        reporting_year,
        field,
        peer_group,
        {{ quartile_of_ranked('effect', 'place', 'pairs_in_group', 0.25) }} as effect_q1,
        {{ quartile_of_ranked('effect', 'place', 'pairs_in_group', 0.5) }} as effect_median,
        {{ quartile_of_ranked('effect', 'place', 'pairs_in_group', 0.75) }} as effect_q3,
        median(log_distance) as median_log_distance
    from ranked
    group by reporting_year, field, peer_group

)

select
    grouped.cluster_id,
    grouped.cluster_name,
    grouped.organisation_id,
    grouped.organisation_name,
    grouped.reporting_year,
    grouped.previous_reporting_year,
    grouped.receipt_id,
    grouped.sheet,
    grouped.row_number,
    grouped.field,
    grouped.this_value,
    grouped.last_value,
    grouped.ratio,
    grouped.peer_group,
    ratio_medians.pairs_in_group,
    ratio_medians.median_ratio,
    {{ hb_effect(
        'grouped.ratio', 'ratio_medians.median_ratio', 'grouped.this_value', 'grouped.last_value', exponent
    ) }} as effect,
    quartiles.effect_q1,
    quartiles.effect_median,
    quartiles.effect_q3,
    ratio_medians.median_log as median_log_ratio,
    -- 1.4826 makes the median distance that of a normal distribution; none where at least half are the same
    nullif(1.4826 * quartiles.median_log_distance, 0) as log_spread,
    (ln(grouped.ratio) - ratio_medians.median_log) / nullif(1.4826 * quartiles.median_log_distance, 0) as robust_z
from grouped
inner join ratio_medians
    on
        grouped.reporting_year = ratio_medians.reporting_year
        and grouped.field = ratio_medians.field
        and grouped.peer_group = ratio_medians.peer_group
inner join quartiles
    on
        grouped.reporting_year = quartiles.reporting_year
        and grouped.field = quartiles.field
        and grouped.peer_group = quartiles.peer_group
