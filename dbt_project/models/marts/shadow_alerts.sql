-- One row per rule in the shadow, subject and figure at which it would fire.
select
    alert_id,
    rule_code,
    rule_title,
    severity,
    cluster_id,
    organisation_id,
    organisation_name,
    reporting_year,
    field,
    observed,
    expected,
    message,
    receipt_id,
    file_name,
    sheet,
    cell
from {{ ref('int_alerts') }}
where is_shadow
