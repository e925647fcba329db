-- One row per cluster and reporting year for which a return is due, can be sent, or has come in.
with

returns as (

    select * from {{ ref('returns') }}

),

counted as (

    select
        cluster_id,
        reporting_year,
        count(*) as organisations,
        count(*) filter (where is_due) as organisations_due,
        count(*) filter (where is_received) as organisations_received,
        {%- for response in [
            'answered', 'partial', 'nothing to report', 'refused', 'no answer', 'left', 'closed', 'merged',
            'set aside by us',
        ] %}
        count(*) filter (where response = '{{ response }}') as organisations_{{ response | replace(' ', '_') }},
        {%- endfor %}
        count(*) filter (where is_received and days_late > 0) as organisations_late,
        count(*) filter (where is_due and baseline_turnover_gbp is null) as organisations_without_baseline,
        {{ rounded('sum(baseline_turnover_gbp) filter (where is_due)', 2) }} as baseline_turnover_due_gbp,
        {{ rounded('sum(baseline_turnover_gbp) filter (where is_received)', 2) }} as baseline_turnover_received_gbp,
        {{ rounded(
            "sum(baseline_turnover_gbp) filter (where response = 'partial')", 2
        ) }} as baseline_turnover_partial_gbp
    from {{ ref('response_by_organisation') }}
    group by cluster_id, reporting_year

)

select
    returns.cluster_id,
    returns.cluster_name,
    returns.reporting_year,
    returns.state as return_state,
    returns.due_on,
    returns.arrived_on,
    returns.days_late,
    returns.days_overdue,
    counted.organisations,
    case when counted.organisations is null then 'no organisation of the cluster is known yet' end
        as organisations_reason,
    counted.organisations_due,
    counted.organisations_received,
    counted.organisations_answered,
    counted.organisations_partial,
    counted.organisations_nothing_to_report,
    counted.organisations_refused,
    counted.organisations_no_answer,
    counted.organisations_left,
    counted.organisations_closed,
    counted.organisations_merged,
    counted.organisations_set_aside_by_us,
    counted.organisations_late,
    case
        when counted.organisations_due >= {{ var('least_for_share') }}
            then {{ rounded('cast(counted.organisations_received as double) / counted.organisations_due', 6) }}
    end as received_share,
    case
        when coalesce(counted.organisations_due, 0) < {{ var('least_for_share') }}
            then 'fewer than {{ var("least_for_share") }} organisations are due'
    end as received_share_reason,
    counted.organisations_without_baseline,
    counted.baseline_turnover_due_gbp,
    counted.baseline_turnover_received_gbp,
    counted.baseline_turnover_partial_gbp,
    case
        when counted.organisations_due - counted.organisations_without_baseline >= {{ var('least_pairs') }}
            then
                {{ rounded(
                    'coalesce(counted.baseline_turnover_received_gbp, 0) / nullif(counted.baseline_turnover_due_gbp, 0)',
                    6
                ) }}
    end as received_turnover_share,
    case
        when
            coalesce(counted.organisations_due - counted.organisations_without_baseline, 0) < {{ var('least_pairs') }}
            then 'fewer than {{ var("least_pairs") }} organisations due have a baseline'
        when counted.baseline_turnover_due_gbp = 0 then 'the baselines of those due are zero'
    end as received_turnover_share_reason
from returns
left join counted
    on
        returns.cluster_id = counted.cluster_id
        and returns.reporting_year = counted.reporting_year
