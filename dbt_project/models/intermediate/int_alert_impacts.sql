-- One row per alert of tonight: what it would change in the KPI of its cluster, and what is known of earlier years.
with

alerts as (

    select * from {{ ref('int_alerts') }}

),

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

hypotheses as (

    select * from {{ ref('int_hypotheses') }}

),

turnover as (

    select
        *,
        turnover_annualised_gbp is not null
        and previous_turnover_annualised_gbp > 0
        and growth_status in ('counted', 'held back') as is_pair
    from {{ ref('turnover_by_organisation') }}

),

growth_of_clusters as (

    select
        cluster_id,
        reporting_year,
        max(target_growth_ratio) as target_growth_ratio,
        count(*) filter (where counts_for_growth) as organisations,
        coalesce(sum(turnover_annualised_gbp) filter (where counts_for_growth), 0) as this_gbp,
        coalesce(sum(previous_turnover_annualised_gbp) filter (where counts_for_growth), 0) as last_gbp
    from turnover
    group by cluster_id, reporting_year

),

income_of_clusters as (

    select
        cluster_id,
        reporting_year,
        sum(turnover_gbp) as turnover_gbp
    from turnover
    group by cluster_id, reporting_year

),

last_known as (

    -- the last turnover before the year in question, of an organisation that gives none
    select
        alerts.alert_id,
        max_by(turnover.turnover_gbp, turnover.reporting_year) as turnover_gbp,
        max(turnover.reporting_year) as reporting_year
    from alerts
    inner join turnover
        on
            alerts.cluster_id = turnover.cluster_id
            and alerts.organisation_id = turnover.organisation_id
    where turnover.reporting_year < alerts.reporting_year and turnover.turnover_gbp is not null
    group by alerts.alert_id

),

totals as (

    select
        cluster_id,
        reporting_year,
        {%- for figure in figure_fields() %}
        sum({{ figure }}) as {{ figure }},
        {%- endfor %}
        count(*) as organisations
    from organisation_years
    group by cluster_id, reporting_year

),

placed as (

    select
        alerts.alert_id,
        alerts.rule_code,
        alerts.cluster_name,
        alerts.organisation_id,
        alerts.reporting_year,
        alerts.field,
        alerts.kpi,
        alerts.label,
        case
            when alerts.field = 'total_income_gbp' then organisation_years.previous_total_income_gbp
            when alerts.field = 'employees_headcount' then organisation_years.previous_employees_headcount
            when alerts.field = 'employees_fte' then organisation_years.previous_employees_fte
        end as earlier_value,
        organisation_years.previous_reporting_year,
        hypotheses.hypothesis,
        hypotheses.hypothesis_value,
        case alerts.field
            {%- for figure in figure_fields() %}
            when '{{ figure }}' then organisation_years.{{ figure }}
            {%- endfor %}
        end as figure,
        case alerts.field
            {%- for figure in figure_fields() %}
            when '{{ figure }}' then totals.{{ figure }}
            {%- endfor %}
        end as total,
        coalesce(alerts.field, 'total_income_gbp') = 'total_income_gbp' or (alerts.holds_back and alerts.kpi is null)
            as is_about_turnover,
        coalesce(turnover.is_pair, false) as is_pair,
        coalesce(turnover.counts_for_growth, false) as is_counted,
        turnover.turnover_gbp,
        turnover.turnover_annualised_gbp as this_gbp,
        turnover.previous_turnover_annualised_gbp as last_gbp,
        growth.organisations as others_counted,
        growth.target_growth_ratio,
        growth.this_gbp - case when turnover.counts_for_growth then turnover.turnover_annualised_gbp else 0 end
            as others_this_gbp,
        growth.last_gbp - case when turnover.counts_for_growth then turnover.previous_turnover_annualised_gbp else 0 end
            as others_last_gbp,
        last_known.turnover_gbp as last_known_gbp,
        last_known.reporting_year as last_known_year,
        income.turnover_gbp as income_of_that_year_gbp
    from alerts
    left join organisation_years
        on
            alerts.cluster_id = organisation_years.cluster_id
            and alerts.organisation_id = organisation_years.organisation_id
            and alerts.reporting_year = organisation_years.reporting_year
    left join totals
        on
            alerts.cluster_id = totals.cluster_id
            and alerts.reporting_year = totals.reporting_year
    left join turnover
        on
            alerts.cluster_id = turnover.cluster_id
            and alerts.organisation_id = turnover.organisation_id
            and alerts.reporting_year = turnover.reporting_year
    left join growth_of_clusters as growth
        on
            alerts.cluster_id = growth.cluster_id
            and alerts.reporting_year = growth.reporting_year
    left join last_known on alerts.alert_id = last_known.alert_id
    left join income_of_clusters as income
        on
            alerts.cluster_id = income.cluster_id
            and last_known.reporting_year = income.reporting_year
    left join hypotheses on alerts.alert_id = hypotheses.alert_id

),

weighed as (

    select
        *,
        case when is_about_turnover and is_pair then (others_this_gbp + this_gbp) / (others_last_gbp + last_gbp) - 1 end
            as growth_as_sent_ratio,
        case
            when not is_about_turnover or not is_pair then null
            when hypothesis_value is not null
                then
                    (others_this_gbp + this_gbp * hypothesis_value / nullif(turnover_gbp, 0))
                    / (others_last_gbp + last_gbp) - 1
            when others_last_gbp > 0 then others_this_gbp / others_last_gbp - 1
        end as growth_otherwise_ratio,
        case
            when is_about_turnover or kpi is null then null
            else total - figure + coalesce(hypothesis_value, 0)
        end as total_otherwise
    from placed

),

told as (

    select
        alert_id,
        earlier_value,
        case when earlier_value is not null then previous_reporting_year end as earlier_year,
        hypothesis,
        hypothesis_value,
        case
            when growth_otherwise_ratio is not null
                then
                    case when hypothesis_value is null then 'Without it, the' else 'The' end
                    || ' like-for-like growth of ' || cluster_name || ' would be '
                    || {{ spoken_percent('growth_otherwise_ratio') }} || ', not '
                    || {{ spoken_percent('growth_as_sent_ratio') }}
                    || case
                        when
                            growth_otherwise_ratio < target_growth_ratio
                            and growth_as_sent_ratio >= target_growth_ratio
                            then ': below the target.'
                        when
                            growth_otherwise_ratio >= target_growth_ratio
                            and growth_as_sent_ratio < target_growth_ratio
                            then ': on target.'
                        else '.'
                    end
            when total_otherwise is not null
                then
                    case
                        when total_otherwise <> total
                            then
                                case when hypothesis_value is null then 'Without it, ' else '' end
                                || cluster_name || ' would have ' || {{ spoken_number('total_otherwise') }}
                                || ' in all, not ' || {{ spoken_number('total') }} || '.'
                    end
            when is_about_turnover and turnover_gbp is null and last_known_gbp > 0 and income_of_that_year_gbp > 0
                then
                    'It had ' || {{ spoken_percent('last_known_gbp / income_of_that_year_gbp') }}
                    || ' of the turnover of ' || cluster_name || ' in ' || last_known_year || '.'
        end as impact,
        case
            when growth_otherwise_ratio is not null then abs(growth_as_sent_ratio - growth_otherwise_ratio)
            when total_otherwise is not null then abs(total - total_otherwise) / nullif(abs(total), 0)
            when is_about_turnover and turnover_gbp is null then last_known_gbp / nullif(income_of_that_year_gbp, 0)
        end as impact_ratio
    from weighed

)

select
    alert_id,
    earlier_value,
    earlier_year,
    hypothesis,
    hypothesis_value,
    impact,
    {{ rounded('impact_ratio', 6) }} as impact_ratio
from told
