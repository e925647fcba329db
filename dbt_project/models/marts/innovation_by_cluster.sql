-- One row per cluster and reporting year.
with

by_organisation as (

    select * from {{ ref('innovation_by_organisation') }}

),

figures as (

    select
        cluster_id,
        cluster_name,
        reporting_year,
        count(*) as organisations,
        count(*) filter (where is_held_back) as held_back_organisations,
        count(new_products) as organisations_with_answer_on_products,
        {{ totals_of('new_products', 6) }},
        count(*) filter (where new_products > 0) as organisations_with_new_products,
        count(*) filter (where new_products_described) as organisations_describing_products,
        count(new_markets) as organisations_with_answer_on_markets,
        {{ totals_of('new_markets', 6) }},
        count(*) filter (where new_markets > 0) as organisations_with_new_markets,
        count(*) filter (where new_markets_described) as organisations_describing_markets,
        {%- for kind in market_kinds() %}
        count(*) filter (where note_mentions_{{ kind }}) as organisations_mentioning_{{ kind }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from by_organisation
    group by cluster_id, cluster_name, reporting_year

)

{{ with_quality_rating('innovation') }}
