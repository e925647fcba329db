-- One row per cluster and organisation with a locked baseline, and what the return that counts says of it now.
select
    cluster_id,
    cluster_name,
    organisation_id,
    organisation_name,
    baseline_year as reporting_year,
    now_receipt_id as receipt_id,
    baseline_turnover_gbp,
    turnover_now_sent_gbp
from {{ ref('int_baselines') }}
where baseline_year is not null
