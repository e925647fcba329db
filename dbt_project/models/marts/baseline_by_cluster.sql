-- One row per cluster.
with

by_organisation as (

    select * from {{ ref('baseline_by_organisation') }}

)

select
    cluster_id,
    cluster_name,
    count(*) as organisations,
    count(*) filter (where baseline_basis = 'accounts before joining') as organisations_on_accounts_before_joining,
    count(*) filter (where baseline_basis = 'last year as the first return states it') as organisations_on_stated_year,
    count(*) filter (where baseline_basis = 'first accounts sent') as organisations_on_first_accounts,
    count(*) filter (where baseline_basis = 'none') as organisations_without_baseline,
    {{ rounded('sum(baseline_turnover_gbp)', 2) }} as baseline_turnover_gbp,
    {{ rounded("sum(baseline_turnover_gbp) filter (where baseline_basis <> 'first accounts sent')", 2) }}
        as baseline_turnover_before_joining_gbp,
    {{ rounded('sum(baseline_turnover_annualised_gbp)', 2) }} as baseline_turnover_annualised_gbp,
    {{ rounded('sum(turnover_now_sent_gbp)', 2) }} as turnover_now_sent_gbp,
    {{ rounded('sum(revision_gbp)', 2) }} as revision_gbp,
    count(baseline_headcount) as organisations_with_headcount,
    sum(baseline_headcount) as baseline_headcount,
    sum(headcount_now_sent) as headcount_now_sent,
    {{ rounded('sum(baseline_fte)', 6) }} as baseline_fte,
    {{ rounded('sum(fte_now_sent)', 6) }} as fte_now_sent,
    count(*) filter (where is_revised) as revised_organisations,
    count(*) filter (where is_restated) as restated_organisations
from by_organisation
group by cluster_id, cluster_name
