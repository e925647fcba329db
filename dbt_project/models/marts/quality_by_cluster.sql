-- One row per cluster, reporting year with a return that is due or has come, and dimension of quality.
with

returns as (

    select * from {{ ref('returns') }}

),

alerts as (

    select * from {{ ref('alerts') }}

),

dimensions as (
    {% for dimension in quality_dimensions() %}
    select '{{ dimension }}' as dimension
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

counted as (

    select
        cluster_id,
        reporting_year,
        dimension,
        count(*) as alerts,
        {%- for severity in ['reject', 'error', 'warning', 'info'] %}
        count(*) filter (where severity = '{{ severity }}') as alerts_{{ severity }},
        {%- endfor %}
        count(*) filter (where holds_back) as alerts_holding_back,
        count(distinct organisation_id) as organisations_with_alerts,
        count(distinct organisation_id) filter (where holds_back) as organisations_held_back
    from alerts
    group by cluster_id, reporting_year, dimension

)

select
    returns.cluster_id,
    returns.cluster_name,
    returns.reporting_year,
    dimensions.dimension,
    returns.organisations,
    {%- for column in [
        'alerts', 'alerts_reject', 'alerts_error', 'alerts_warning', 'alerts_info', 'alerts_holding_back',
        'organisations_with_alerts', 'organisations_held_back',
    ] %}
    coalesce(counted.{{ column }}, 0) as {{ column }},
    {%- endfor %}
    case
        when returns.organisations >= {{ var('least_for_share') }}
            then {{ rounded(
                'cast(coalesce(counted.organisations_held_back, 0) as double) / returns.organisations', 6
            ) }}
    end as held_back_share,
    case
        when returns.organisations is null and returns.state = 'set aside by us' then 'the return is set aside by us'
        when returns.organisations is null then 'no return for this year'
        when returns.organisations < {{ var('least_for_share') }}
            then 'fewer than {{ var("least_for_share") }} organisations in the return'
    end as held_back_share_reason
from returns
cross join dimensions
left join counted
    on
        returns.cluster_id = counted.cluster_id
        and returns.reporting_year = counted.reporting_year
        and dimensions.dimension = counted.dimension
