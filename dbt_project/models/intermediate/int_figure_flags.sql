-- One row per cluster, organisation and reporting year, with what each of its core figures rests on.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

questions as (

    select
        alerts.cluster_id,
        alerts.organisation_id,
        alerts.reporting_year,
        {%- for field in core_figures() %}
        count(*) filter (where alerts.field = '{{ field }}') as {{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_alerts') }} as alerts
    inner join {{ ref('int_alert_states') }} as states on alerts.alert_id = states.alert_id
    where alerts.severity in ('error', 'warning') and not alerts.is_shadow and not states.is_settled
    group by alerts.cluster_id, alerts.organisation_id, alerts.reporting_year

),

imputed as (

    select
        cluster_id,
        organisation_id,
        reporting_year,
        {%- for field in imputed_figures() %}
        max(method) filter (where field = '{{ field }}') as {{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_imputations') }}
    group by cluster_id, organisation_id, reporting_year

)

select
    organisation_years.cluster_id,
    organisation_years.organisation_id,
    organisation_years.reporting_year,
    {%- for field in core_figures() %}
    case
        {%- if field in imputed_figures() %}
        when organisation_years.{{ field }} is null then coalesce(imputed.{{ field }}, 'not given')
        {%- else %}
        when organisation_years.{{ field }} is null then 'not given'
        {%- endif %}
        when questions.{{ field }} > 0 then 'query open'
        when organisation_years.corrected_fields like '%,{{ field }},%' then 'corrected'
        {%- if field == 'volunteer_hours' %}
        when organisation_years.volunteer_hours_quality = 'estimated' then 'estimated by respondent'
        {%- elif field == 'total_income_gbp' %}
        when organisation_years.figures_from = 'estimate' then 'estimated by respondent'
        {%- endif %}
        else 'returned'
    end as {{ field }}_flag
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from organisation_years
left join questions
    on
        organisation_years.cluster_id = questions.cluster_id
        and organisation_years.organisation_id = questions.organisation_id
        and organisation_years.reporting_year = questions.reporting_year
left join imputed
    on
        organisation_years.cluster_id = imputed.cluster_id
        and organisation_years.organisation_id = imputed.organisation_id
        and organisation_years.reporting_year = imputed.reporting_year
