-- One row per cluster and organisation.
with

baselines as (

    select * from {{ ref('int_baselines') }}

)

select
    cluster_id,
    cluster_name,
    organisation_id,
    organisation_name,
    joined_on,
    joined_from,
    baseline_year,
    baseline_basis,
    case
        when baseline_basis = 'none' then 'no turnover in any return'
        when baseline_basis = 'first accounts sent' and joined_on is null then 'nothing says when it joined'
        when baseline_basis = 'first accounts sent' then 'no accounts from before it joined'
    end as baseline_reason,
    {{ rounded('baseline_turnover_gbp', 2) }} as baseline_turnover_gbp,
    {{ rounded('baseline_turnover_annualised_gbp', 2) }} as baseline_turnover_annualised_gbp,
    {{ rounded('turnover_now_sent_gbp', 2) }} as turnover_now_sent_gbp,
    {{ rounded('turnover_now_sent_gbp - baseline_turnover_gbp', 2) }} as revision_gbp,
    {{ rounded('turnover_restated_gbp', 2) }} as turnover_restated_gbp,
    baseline_headcount,
    headcount_now_sent,
    {{ rounded('baseline_fte', 6) }} as baseline_fte,
    {{ rounded('fte_now_sent', 6) }} as fte_now_sent,
    (
        baseline_turnover_gbp is distinct from turnover_now_sent_gbp
        or baseline_headcount is distinct from headcount_now_sent
        or baseline_fte is distinct from fte_now_sent
    ) as is_revised,
    coalesce(abs(turnover_restated_gbp - baseline_turnover_gbp) > 0.005, false) as is_restated,
    locked_by_receipt_id,
    locked_on,
    now_receipt_id
from baselines
