-- One row per cluster and reporting year in which a grant is scheduled, or from its first return that counts on.
with

grants as (

    select * from {{ ref('int_grants') }}

),

set_aside as (

    select
        cluster_id,
        reporting_year
    from {{ ref('int_returns_due') }}
    where is_set_aside

),

covers as (

    select * from {{ ref('stg_cover') }}

),

funding as (

    -- money and gifts in kind stand apart and are never added
    select
        cluster_id,
        reporting_year,
        {%- for status in ['applied', 'secured', 'received'] %}
        {{ rounded(
            "sum(amount_gbp) filter (where kind <> 'in kind' and status = '" ~ status ~ "')", 2
        ) }} as cash_{{ status }}_gbp,
        {{ rounded("sum(amount_gbp) filter (where kind = 'in kind' and status = '" ~ status ~ "')", 2) }}
            as in_kind_{{ status }}_gbp,
        {%- endfor %}
        {%- for kind, column in funding_kinds().items() %}
        {{ rounded("sum(amount_gbp) filter (where kind = '" ~ kind ~ "' and status = 'received')", 2) }}
            as {{ column }}_received_gbp,
        {%- endfor %}
        count(*) filter (where amount_gbp is null or kind is null or status is null) as incomplete_rows
    from {{ ref('stg_funding') }}
    group by cluster_id, reporting_year

),

figures as (

    select
        grants.*,
        grants.receipt_id is not null as has_return,
        {{ rounded('grants.scheduled_gbp * grants.coordination_share', 2) }} as coordination_cap_gbp,
        covers.grant_received_gbp,
        covers.coordination_spend_gbp,
        covers.operational_spend_gbp,
        covers.coordination_spend_gbp + covers.operational_spend_gbp as spent_gbp
    from grants
    left join covers on grants.receipt_id = covers.receipt_id

)

select
    figures.cluster_id,
    figures.cluster_name,
    figures.funding_type,
    figures.reporting_year,
    figures.cluster_year,
    figures.has_return,
    figures.scheduled_gbp as grant_scheduled_gbp,
    {{ rounded('figures.grant_received_gbp', 2) }} as grant_received_gbp,
    {{ rounded('figures.grant_received_gbp - figures.scheduled_gbp', 2) }} as grant_off_schedule_gbp,
    case
        when figures.grant_received_gbp is not null then null
        when not figures.has_return and set_aside.cluster_id is not null then 'the return is set aside by us'
        when not figures.has_return then 'no return for this year'
        else 'the return does not say'
    end as grant_received_reason,
    case
        when figures.scheduled_gbp is not null then null
        when figures.funding_type = 'pump-primed' then 'no grant is scheduled for this year of the cluster'
        else 'the cluster funds itself'
    end as no_schedule_reason,
    figures.coordination_share as coordination_cap_share,
    figures.coordination_cap_gbp,
    {{ rounded('figures.coordination_spend_gbp', 2) }} as coordination_spend_gbp,
    {{ rounded(
        'figures.coordination_spend_gbp / nullif(figures.grant_received_gbp, 0)', 6
    ) }} as coordination_spend_share,
    case
        when figures.coordination_spend_gbp > figures.coordination_cap_gbp
            then {{ rounded('figures.coordination_spend_gbp - figures.coordination_cap_gbp', 2) }}
        when figures.coordination_spend_gbp <= figures.coordination_cap_gbp then 0
    end as coordination_over_cap_gbp,
    figures.coordination_spend_gbp <= figures.coordination_cap_gbp as coordination_within_cap,
    {{ rounded('figures.scheduled_gbp - figures.coordination_cap_gbp', 2) }} as operational_budget_gbp,
    {{ rounded('figures.operational_spend_gbp', 2) }} as operational_spend_gbp,
    {{ rounded('figures.spent_gbp', 2) }} as spent_gbp,
    {{ rounded('figures.grant_received_gbp - figures.spent_gbp', 2) }} as unspent_gbp,
    {%- for status in ['applied', 'secured', 'received'] %}
    funding.cash_{{ status }}_gbp,
    {%- endfor %}
    {%- for column in funding_kinds().values() %}
    funding.{{ column }}_received_gbp,
    {%- endfor %}
    {%- for status in ['applied', 'secured', 'received'] %}
    funding.in_kind_{{ status }}_gbp,
    {%- endfor %}
    coalesce(funding.incomplete_rows, 0) as incomplete_rows,
    {{ rounded('funding.cash_received_gbp / nullif(funding.cash_received_gbp + figures.grant_received_gbp, 0)', 6) }}
        as other_cash_share
from figures
left join set_aside
    on
        figures.cluster_id = set_aside.cluster_id
        and figures.reporting_year = set_aside.reporting_year
left join funding
    on
        figures.cluster_id = funding.cluster_id
        and figures.reporting_year = funding.reporting_year
