-- One row per cluster and reporting year for which a return is due, can be sent, or has come in.
with

due as (

    select * from {{ ref('int_returns_due') }}

),

counting as (

    select * from {{ ref('int_returns') }}
    where counts

),

set_aside as (

    select * from {{ ref('int_returns') }}
    where is_set_aside

),

identities as (

    select
        identity_id,
        organisation_id
    from {{ ref('int_organisation_identities') }}

),

sent as (

    select
        *,
        {{ identity_id_of_row() }} as identity_id
    from {{ ref('stg_organisations') }}

),

totals as (

    -- over all rows as they were sent, also those that repeat an organisation
    select
        sent.receipt_id,
        count(distinct identities.organisation_id) as organisations,
        count(sent.total_income_gbp) as turnover_given,
        {{ rounded('sum(sent.total_income_gbp)', 2) }} as turnover_sum_gbp,
        count(sent.employees_headcount) as employees_given,
        sum(sent.employees_headcount) as employees_sum
    from sent
    inner join identities on sent.identity_id = identities.identity_id
    group by sent.receipt_id

)

select
    coalesce(due.cluster_id, counting.cluster_id, set_aside.cluster_id) as cluster_id,
    coalesce(due.cluster_name, counting.cluster_name, set_aside.cluster_name) as cluster_name,
    coalesce(due.reporting_year, counting.reporting_year, set_aside.reporting_year) as reporting_year,
    case
        when set_aside.receipt_id is not null then 'set aside by us'
        when counting.first_days_late > 0 then 'received late'
        when counting.receipt_id is not null then 'received'
        when due.is_due then 'missing'
        else 'not due yet'
    end as state,
    coalesce(due.due_on, counting.due_on, set_aside.due_on) as due_on,
    counting.arrived_on,
    cast(counting.first_days_late as bigint) as days_late,
    cast(case when counting.receipt_id is null then due.days_overdue end as bigint) as days_overdue,
    coalesce(due.reminder_due, 'none') as reminder_due,
    set_aside.receipt_id as set_aside_receipt_id,
    set_aside.set_aside_reason,
    counting.receipt_id,
    counting.file_name,
    counting.form,
    counting.form_version,
    cast(counting.version as bigint) as version,
    counting.organisation_rows,
    totals.organisations,
    totals.turnover_given,
    totals.turnover_sum_gbp,
    totals.employees_given,
    totals.employees_sum
from due
full outer join counting on due.receipt_id = counting.receipt_id
full outer join set_aside
    on
        coalesce(due.cluster_id, counting.cluster_id) = set_aside.cluster_id
        and coalesce(due.reporting_year, counting.reporting_year) = set_aside.reporting_year
left join totals on counting.receipt_id = totals.receipt_id
