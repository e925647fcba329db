-- One row per cluster, reporting year for which a return is due or has come, and KPI.
with

responses as (

    select * from {{ ref('response_by_cluster') }}

),

kpis as (

    select distinct kpi
    from {{ source('landed', 'fields') }}
    where kpi is not null

),

held_back as (

    select
        held_back.cluster_id,
        held_back.reporting_year,
        held_back.kpi,
        count(*) as organisations
    from {{ ref('int_held_back') }} as held_back
    inner join {{ ref('response_by_organisation') }} as response
        on
            held_back.cluster_id = response.cluster_id
            and held_back.organisation_id = response.organisation_id
            and held_back.reporting_year = response.reporting_year
            and response.is_received
    group by held_back.cluster_id, held_back.reporting_year, held_back.kpi

),

alerts as (

    -- an alert about no figure in particular is about all of them
    select
        alerts.cluster_id,
        alerts.reporting_year,
        kpis.kpi,
        count(*) as alerts
    from {{ ref('alerts') }} as alerts
    inner join kpis on coalesce(alerts.kpi, kpis.kpi) = kpis.kpi
    where alerts.severity <> 'info' and not alerts.is_settled
    group by alerts.cluster_id, alerts.reporting_year, kpis.kpi

),

imputed as (

    select
        cluster_id,
        reporting_year,
        kpi,
        count(distinct organisation_id) as organisations
    from {{ ref('int_imputations') }}
    group by cluster_id, reporting_year, kpi

),

value_shares as (

    select
        *,
        -- of several figures the worst counts; in a tie the first by name
        row_number() over (
            partition by cluster_id, reporting_year, kpi order by accepted_value_share, figure
        ) as worst_accepted,
        row_number() over (
            partition by cluster_id, reporting_year, kpi order by excluded_value_share desc, figure asc
        ) as worst_excluded,
        row_number() over (
            partition by cluster_id, reporting_year, kpi
            order by imputed_value_share + missing_value_share desc, figure asc
        ) as worst_not_sent
    from {{ ref('int_value_shares') }}

),

weighed as (

    select
        cluster_id,
        reporting_year,
        kpi,
        max(figure) filter (where worst_accepted = 1) as quality_figure,
        {%- for part in ['accepted', 'excluded', 'imputed', 'missing'] %}
        max({{ part }}_value_share) filter (where worst_accepted = 1) as {{ part }}_value_share,
        {%- endfor %}
        max(figure) filter (where worst_excluded = 1) as excluded_figure,
        max(excluded_value_share) as most_excluded,
        max(figure) filter (where worst_not_sent = 1) as not_sent_figure,
        max(imputed_value_share + missing_value_share) as most_not_sent
    from value_shares
    group by cluster_id, reporting_year, kpi

),

known as (

    select
        responses.cluster_id,
        responses.reporting_year,
        kpis.kpi,
        coalesce(responses.organisations_due, 0) as answers_due,
        coalesce(responses.organisations_received, 0) as answers_received,
        coalesce(held_back.organisations, 0) as answers_held_back,
        coalesce(imputed.organisations, 0) as answers_imputed,
        responses.received_turnover_share as answered_turnover_share,
        coalesce(alerts.alerts, 0) as alerts_open,
        weighed.quality_figure,
        weighed.accepted_value_share,
        weighed.excluded_value_share,
        weighed.imputed_value_share,
        weighed.missing_value_share,
        weighed.excluded_figure,
        coalesce(weighed.most_excluded, 0) as most_excluded,
        weighed.not_sent_figure,
        coalesce(weighed.most_not_sent, 0) as most_not_sent
    from responses
    cross join kpis
    left join held_back
        on
            responses.cluster_id = held_back.cluster_id
            and responses.reporting_year = held_back.reporting_year
            and kpis.kpi = held_back.kpi
    left join imputed
        on
            responses.cluster_id = imputed.cluster_id
            and responses.reporting_year = imputed.reporting_year
            and kpis.kpi = imputed.kpi
    left join alerts
        on
            responses.cluster_id = alerts.cluster_id
            and responses.reporting_year = alerts.reporting_year
            and kpis.kpi = alerts.kpi
    left join weighed
        on
            responses.cluster_id = weighed.cluster_id
            and responses.reporting_year = weighed.reporting_year
            and kpis.kpi = weighed.kpi

),

judged as (

    -- the first that holds is the reason; shares of the value are held against the same limits as shares of answers
    select
        *,
        case
            when answers_received < {{ var('least_pairs') }}
                then 'fewer than {{ var("least_pairs") }} organisations answered'
            when answers_received < {{ var('quality_low_answered') }} * answers_due
                then 'too few of those due answered'
            when answered_turnover_share < {{ var('quality_low_answered') }}
                then 'those who answered are too small a part of the baseline turnover'
            when answers_held_back > {{ var('quality_low_held_back') }} * answers_received
                then 'too many figures are excluded'
            when most_excluded > {{ var('quality_low_held_back') }}
                then 'too much of the value of ' || excluded_figure || ' is excluded'
            when most_not_sent > 1 - {{ var('quality_low_answered') }}
                then 'too much of the value of ' || not_sent_figure || ' was not sent'
        end as why_low,
        case
            when answers_received < {{ var('quality_high_answered') }} * answers_due
                then 'not nearly all of those due answered'
            when answered_turnover_share < {{ var('quality_high_answered') }}
                then 'those who answered are not nearly all of the baseline turnover'
            when answers_held_back > {{ var('quality_high_held_back') }} * answers_received
                then 'some figures are excluded'
            when most_excluded > {{ var('quality_high_held_back') }}
                then 'some of the value of ' || excluded_figure || ' is excluded'
            when most_not_sent > 1 - {{ var('quality_high_answered') }}
                then 'some of the value of ' || not_sent_figure || ' was not sent'
        end as why_medium
    from known

)

select
    cluster_id,
    reporting_year,
    kpi,
    answers_due,
    answers_received,
    answers_held_back,
    answers_imputed,
    answered_turnover_share,
    alerts_open,
    quality_figure,
    accepted_value_share,
    excluded_value_share,
    imputed_value_share,
    missing_value_share,
    case
        when why_low is not null then 'low'
        when why_medium is not null then 'medium'
        else 'high'
    end as quality_rating,
    coalesce(why_low, why_medium, 'nearly all answered, and nearly all of the value is accepted') as quality_reason
from judged
