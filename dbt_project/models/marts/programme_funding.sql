-- One row per reporting year in which any cluster's grant is scheduled, or from the first return that counts on.
with

by_cluster as (

    select * from {{ ref('funding_by_cluster') }}

),

printed as (

    select
        max(value) as total_as_printed_gbp,
        max(source) as printed_note
    from {{ source('programme', 'targets') }}
    where target = 'grant_total_as_printed'

),

totals as (

    select sum(grant_scheduled_gbp) as scheme_total_gbp
    from by_cluster

),

sums as (

    select
        reporting_year,
        count(grant_scheduled_gbp) as clusters_with_grant,
        count(grant_received_gbp) as clusters_that_say,
        {%- for column in [
            'grant_scheduled', 'grant_received', 'coordination_cap', 'coordination_spend', 'operational_spend', 'spent',
            'cash_applied', 'cash_secured', 'cash_received', 'in_kind_applied', 'in_kind_secured', 'in_kind_received',
        ] %}
        {{ rounded('sum(' ~ column ~ '_gbp)', 2) }} as {{ column }}_gbp,
        {%- endfor %}
        count(*) filter (where not coordination_within_cap) as clusters_over_coordination_cap
    from by_cluster
    group by reporting_year

)

select
    sums.reporting_year,
    years.returns_received,
    years.returns_due,
    sums.clusters_with_grant,
    sums.clusters_that_say,
    sums.grant_scheduled_gbp,
    {{ rounded('sum(sums.grant_scheduled_gbp) over so_far', 2) }} as grant_scheduled_so_far_gbp,
    sums.grant_received_gbp,
    {{ rounded('sum(sums.grant_received_gbp) over so_far', 2) }} as grant_received_so_far_gbp,
    totals.scheme_total_gbp,
    printed.total_as_printed_gbp,
    printed.printed_note,
    sums.coordination_cap_gbp,
    sums.coordination_spend_gbp,
    sums.clusters_over_coordination_cap,
    sums.operational_spend_gbp,
    sums.spent_gbp,
    sums.cash_applied_gbp,
    sums.cash_secured_gbp,
    sums.cash_received_gbp,
    sums.in_kind_applied_gbp,
    sums.in_kind_secured_gbp,
    sums.in_kind_received_gbp
from sums
cross join totals
cross join printed
left join {{ ref('int_programme_years') }} as years on sums.reporting_year = years.reporting_year
window so_far as (
    order by sums.reporting_year
    rows between unbounded preceding and current row
)
