-- One row per sum that is held against its parts, and per cluster and reporting year in which it is.
with

totals as (

    {{ reconciliations_of([
        ref('turnover_by_cluster'), ref('turnover_by_organisation'), ref('turnover_change_by_organisation'),
        ref('programme_turnover'), ref('target_path_by_cluster'), ref('baseline_by_cluster'),
        ref('baseline_by_organisation'), ref('employment_by_cluster'), ref('employment_by_organisation'),
        ref('social_value_by_cluster'), ref('social_value_by_organisation'), ref('social_value_outcomes_by_cluster'),
        ref('environment_by_cluster'), ref('environment_by_organisation'), ref('innovation_by_cluster'),
        ref('innovation_by_organisation'), ref('investment_by_cluster'), ref('investment_by_organisation'),
        ref('funding_by_cluster'), ref('programme_funding'), ref('programme_growth_path'), ref('outputs_by_cluster'),
        ref('programme_outputs'), ref('quality_by_cluster'), ref('response_by_cluster'),
        ref('response_by_organisation'), ref('returns'), ref('action_plan_by_cluster'), ref('imputations'),
        ref('support_impact'), ref('int_organisation_identities'),
    ]) }}

),

decompositions as (

    select * from {{ ref('int_reconciliations') }}

),

clusters as (

    select
        cluster_id,
        cluster_name
    from {{ source('programme', 'clusters') }}

),

every_sum as (

    select * from totals
    union all
    select * from decompositions

)

select
    every_sum.reconciliation,
    every_sum.mart,
    every_sum.figure,
    every_sum.kpi,
    every_sum.cluster_id,
    clusters.cluster_name,
    every_sum.reporting_year,
    every_sum.expected,
    every_sum.actual,
    every_sum.difference,
    every_sum.tolerance,
    every_sum.adds_up,
    every_sum.reason
from every_sum
left join clusters on every_sum.cluster_id = clusters.cluster_id
where every_sum.expected is not null or every_sum.actual is not null
