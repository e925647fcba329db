-- One row per alert of this run: what is published of the KPI of its cluster, and what would be instead.
with

alerts as (

    select * from {{ ref('int_alerts') }}

),

held_back as (

    select
        cluster_id,
        organisation_id,
        {%- for kpi in published_figures().values() | map(attribute='kpi') | unique %}
        bool_or(kpi = '{{ kpi }}') as {{ kpi | replace(' ', '_') }},
        {%- endfor %}
        reporting_year
    from {{ ref('int_held_back') }}
    group by cluster_id, organisation_id, reporting_year

),

organisation_years as (

    select
        {%- for kpi in published_figures().values() | map(attribute='kpi') | unique %}
        coalesce(held_back.{{ kpi | replace(' ', '_') }}, false) as held_back_{{ kpi | replace(' ', '_') }},
        {%- endfor %}
        years.*
    from {{ ref('int_organisation_years') }} as years
    left join held_back
        on
            years.cluster_id = held_back.cluster_id
            and years.organisation_id = held_back.organisation_id
            and years.reporting_year = held_back.reporting_year

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
        {{ rounded('coalesce(sum(turnover_annualised_gbp) filter (where counts_for_growth), 0)', 2) }} as this_gbp,
        {{ rounded('coalesce(sum(previous_turnover_annualised_gbp) filter (where counts_for_growth), 0)', 2) }}
            as last_gbp
    from turnover
    group by cluster_id, reporting_year

),

income_of_clusters as (

    select
        cluster_id,
        reporting_year,
        sum(turnover_gbp) as turnover_gbp
    from turnover
    where not is_held_back
    group by cluster_id, reporting_year

),

last_known as (

    -- the last accepted turnover before the year in question, of an organisation that gives none
    select
        alerts.alert_id,
        max_by(turnover.turnover_gbp, turnover.reporting_year) as turnover_gbp,
        max(turnover.reporting_year) as reporting_year
    from alerts
    inner join turnover
        on
            alerts.cluster_id = turnover.cluster_id
            and alerts.organisation_id = turnover.organisation_id
    where
        turnover.reporting_year < alerts.reporting_year
        and turnover.turnover_gbp is not null
        and not turnover.is_held_back
    group by alerts.alert_id

),

totals as (

    select
        cluster_id,
        reporting_year,
        {%- for figure, about in published_figures().items() %}
        sum({{ figure }}) filter (where not held_back_{{ about.kpi | replace(' ', '_') }}) as {{ figure }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from organisation_years
    group by cluster_id, reporting_year

),

clients as (

    -- who counts attendances is never added to who counts different people
    select
        cluster_id,
        reporting_year,
        clients_basis,
        sum(clients_supported) filter (where not held_back_social_value) as clients_supported
    from organisation_years
    where clients_basis is not null
    group by cluster_id, reporting_year, clients_basis

),

placed as (

    select
        alerts.alert_id,
        alerts.cluster_name,
        alerts.reporting_year,
        case
            when alerts.field = 'total_income_gbp' then organisation_years.previous_total_income_gbp
            when alerts.field = 'employees_headcount' then organisation_years.previous_employees_headcount
            when alerts.field = 'employees_fte' then organisation_years.previous_employees_fte
        end as earlier_value,
        organisation_years.previous_reporting_year,
        hypotheses.hypothesis,
        hypotheses.hypothesis_value,
        case alerts.field
            {%- for figure, about in published_figures().items() %}
            when '{{ figure }}' then '{{ about.noun }}'
            {%- endfor %}
        end as noun,
        case alerts.field
            {%- for figure in published_figures() %}
            when '{{ figure }}' then organisation_years.{{ figure }}
            {%- endfor %}
        end as figure,
        case alerts.field
            {%- for figure, about in published_figures().items() %}
            when '{{ figure }}' then organisation_years.held_back_{{ about.kpi | replace(' ', '_') }}
            {%- endfor %}
        end as is_excluded,
        case alerts.field
            when 'clients_supported' then clients.clients_supported
            {%- for figure in published_figures() if figure != 'clients_supported' %}
            when '{{ figure }}' then totals.{{ figure }}
            {%- endfor %}
        end as published_total,
        alerts.field = 'clients_supported' and clients.cluster_id is null as is_in_no_total,
        coalesce(alerts.field, 'total_income_gbp') = 'total_income_gbp' or (alerts.holds_back and alerts.kpi is null)
            as is_about_turnover,
        coalesce(turnover.is_pair, false) as is_pair,
        coalesce(turnover.counts_for_growth, false) as is_counted,
        turnover.turnover_gbp,
        turnover.turnover_annualised_gbp as this_gbp,
        turnover.previous_turnover_annualised_gbp as last_gbp,
        growth.target_growth_ratio,
        growth.organisations as pairs_published,
        growth.organisations + case when turnover.counts_for_growth then 0 else 1 end as pairs_with_it,
        growth.organisations - case when turnover.counts_for_growth then 1 else 0 end as pairs_without_it,
        growth.this_gbp as published_this_gbp,
        growth.last_gbp as published_last_gbp,
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
    left join clients
        on
            organisation_years.cluster_id = clients.cluster_id
            and organisation_years.reporting_year = clients.reporting_year
            and organisation_years.clients_basis = clients.clients_basis
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

    -- what is published; what would be with the figure as it was sent; and with its explanation, or without it
    select
        *,
        case
            when pairs_published >= {{ var('least_pairs') }}
                then {{ rounded('published_this_gbp / nullif(published_last_gbp, 0) - 1', 6) }}
        end as published_ratio,
        case
            when is_about_turnover and is_pair and pairs_with_it >= {{ var('least_pairs') }}
                then {{ rounded('(others_this_gbp + this_gbp) / (others_last_gbp + last_gbp) - 1', 6) }}
        end as as_sent_ratio,
        case
            when not is_about_turnover or not is_pair then null
            when hypothesis_value is not null and pairs_with_it >= {{ var('least_pairs') }}
                then {{ rounded(
                    '(others_this_gbp + this_gbp * hypothesis_value / nullif(turnover_gbp, 0))'
                    ~ ' / (others_last_gbp + last_gbp) - 1', 6
                ) }}
            when hypothesis_value is null and pairs_without_it >= {{ var('least_pairs') }} and others_last_gbp > 0
                then {{ rounded('others_this_gbp / others_last_gbp - 1', 6) }}
        end as otherwise_ratio,
        not is_about_turnover and figure is not null and not is_in_no_total as is_about_a_total,
        coalesce(published_total, 0) - case when is_excluded then 0 else figure end as others_total
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
            when is_about_turnover and is_pair and published_ratio is null
                then
                    'Like-for-like growth of turnover, ' || cluster_name || ', ' || reporting_year
                    || ': not published, as it rests on fewer than {{ var("least_pairs") }} organisations.'
            when is_about_turnover and is_pair
                then
                    'Like-for-like growth of turnover, ' || cluster_name || ', ' || reporting_year
                    || ': published ' || {{ spoken_percent('published_ratio') }}
                    || case when is_counted then ', which counts this figure as sent' else ', without this figure' end
                    || case
                        when is_counted or as_sent_ratio is null then ''
                        else
                            '; ' || {{ spoken_percent('as_sent_ratio') }} || ' if it counts as sent'
                            || {{ beside_target('as_sent_ratio', 'published_ratio', 'target_growth_ratio') }}
                    end
                    || case
                        when otherwise_ratio is null or (hypothesis_value is null and not is_counted) then ''
                        else
                            '; ' || {{ spoken_percent('otherwise_ratio') }}
                            || case when hypothesis_value is null then ' without it' else {{ if_explained() }} end
                            || {{ beside_target('otherwise_ratio', 'published_ratio', 'target_growth_ratio') }}
                    end
                    || '.'
            when is_about_a_total and (figure <> 0 or coalesce(hypothesis_value, 0) <> 0)
                then
                    noun || ', ' || cluster_name || ', ' || reporting_year
                    || ': published ' || coalesce({{ spoken_number('published_total') }}, 'nothing')
                    || case
                        when is_excluded
                            then
                                ', without this figure; ' || {{ spoken_number('others_total + figure') }}
                                || ' if it counts as sent'
                        else ', which counts this figure as sent'
                    end
                    || case
                        when hypothesis_value is not null
                            then
                                '; ' || {{ spoken_number('others_total + hypothesis_value') }}
                                || {{ if_explained() }}
                        when not is_excluded then '; ' || {{ spoken_number('others_total') }} || ' without it'
                        else ''
                    end
                    || '.'
            when is_about_turnover and turnover_gbp is null and last_known_gbp > 0 and income_of_that_year_gbp > 0
                then
                    'It had ' || {{ spoken_percent('last_known_gbp / income_of_that_year_gbp') }}
                    || ' of the accepted turnover of ' || cluster_name || ' in ' || last_known_year || '.'
        end as impact,
        case
            when is_about_turnover and is_pair
                then
                    coalesce(
                        abs(as_sent_ratio - otherwise_ratio),
                        abs(
                            (others_this_gbp + this_gbp) / (others_last_gbp + last_gbp)
                            - case
                                when hypothesis_value is not null
                                    then
                                        (others_this_gbp + this_gbp * hypothesis_value / nullif(turnover_gbp, 0))
                                        / (others_last_gbp + last_gbp)
                                else others_this_gbp / nullif(others_last_gbp, 0)
                            end
                        )
                    )
            when is_about_a_total
                then abs(figure - coalesce(hypothesis_value, 0)) / nullif(abs(others_total + figure), 0)
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
