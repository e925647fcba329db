-- One row per kind of support and reporting year.
with

grown as (

    -- an organisation in two clusters counts once
    select
        organisation_id,
        reporting_year,
        {{ year_start('reporting_year') }} as starts_in,
        growth_ratio,
        at_target
    from {{ ref('turnover_by_organisation') }}
    where counts_for_growth
    qualify row_number() over (partition by organisation_id, reporting_year order by cluster_id) = 1

),

support as (

    select
        organisation_id,
        intervention,
        min(started_in) as started_in
    from {{ ref('int_support') }}
    where organisation_id is not null and intervention is not null
    group by organisation_id, intervention

),

first_support as (

    select
        organisation_id,
        intervention as support,
        started_in
    from support
    union all
    select
        organisation_id,
        'any support' as support,
        min(started_in) as started_in
    from support
    group by organisation_id

),

kinds as (

    select 'any support' as support
    {%- for kind in support_kinds() %}
    union all
    select '{{ kind }}' as support
    {%- endfor %}

),

compared as (

    select
        kinds.support,
        grown.reporting_year,
        grown.growth_ratio,
        grown.at_target,
        coalesce(first_support.started_in <= grown.starts_in, false) as is_supported
    from grown
    cross join kinds
    left join first_support
        on
            grown.organisation_id = first_support.organisation_id
            and kinds.support = first_support.support

),

counted as (

    select
        support,
        reporting_year,
        count(*) filter (where is_supported) as organisations_with,
        count(*) filter (where not is_supported) as organisations_without,
        {{ rounded('median(growth_ratio) filter (where is_supported)', 6) }} as median_with,
        {{ rounded('median(growth_ratio) filter (where not is_supported)', 6) }} as median_without,
        count(*) filter (where is_supported and at_target) as at_target_with,
        count(*) filter (where not is_supported and at_target) as at_target_without
    from compared
    group by support, reporting_year

)

select
    support,
    reporting_year,
    organisations_with,
    organisations_without,
    case when organisations_with >= {{ var('least_pairs') }} then median_with end as median_growth_with_ratio,
    case when organisations_without >= {{ var('least_pairs') }} then median_without end as median_growth_without_ratio,
    case
        when organisations_with >= {{ var('least_pairs') }} and organisations_without >= {{ var('least_pairs') }}
            then {{ rounded('median_with - median_without', 6) }}
    end as difference_ratio,
    at_target_with,
    at_target_without,
    case
        when organisations_with < {{ var('least_pairs') }}
            then 'fewer than {{ var("least_pairs") }} organisations with this support have figures in both years'
        when organisations_without < {{ var('least_pairs') }}
            then 'fewer than {{ var("least_pairs") }} organisations without this support have figures in both years'
    end as difference_reason,
    'Support goes to organisations that ask for it or are picked, and these may differ from the others before it'
    || ' begins. The difference does not say what the support caused.' as caution
from counted
