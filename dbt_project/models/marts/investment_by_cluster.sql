-- One row per cluster and reporting year.
with

by_organisation as (

    select * from {{ ref('investment_by_organisation') }}

),

figures as (

    select
        cluster_id,
        cluster_name,
        reporting_year,
        count(*) as organisations,
        count(*) filter (where is_held_back) as held_back_organisations,
        count(investment_received_gbp) as organisations_with_answer,
        count(*) filter (where investment_received_gbp > 0) as organisations_with_investment,
        {{ totals_of('investment_received_gbp', 2) }},
        {{ rounded(
            "sum(investment_received_gbp) filter (where investment_kind = 'not asked')", 2
        ) }} as kind_not_asked_gbp
    from by_organisation
    group by cluster_id, cluster_name, reporting_year

)

{{ with_quality_rating('investment') }}
