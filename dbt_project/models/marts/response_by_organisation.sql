-- One row per cluster, organisation and reporting year for which the organisation should be, or is, in a return.
with

returns as (

    select * from {{ ref('returns') }}

),

organisation_years as (

    select
        *,
        {{ count_core_figures("coalesce(figure_missing, '') <> 'not asked'") }} as figures_asked,
        {{ count_core_figures("figure is not null or figure_missing = 'not applicable'") }} as figures_given,
        {{ count_core_figures("figure <> 0") }} as figures_above_zero,
        {{ count_core_figures("figure_missing = 'refused'") }} as figures_refused
    from {{ ref('int_organisation_years') }}

),

reporting_years as (

    select * from {{ source('programme', 'reporting_years') }}

),

enrolments as (

    select * from {{ ref('int_enrolments') }}

),

baselines as (

    select
        cluster_id,
        organisation_id,
        baseline_turnover_annualised_gbp
    from {{ ref('int_baselines') }}

),

registered_clusters as (

    select distinct cluster_id from enrolments

),

missing_returns as (

    select
        returns.cluster_id,
        returns.reporting_year,
        max(organisation_years.reporting_year) as last_sent_year
    from returns
    left join organisation_years
        on
            returns.cluster_id = organisation_years.cluster_id
            and returns.reporting_year > organisation_years.reporting_year
    where returns.receipt_id is null
    group by returns.cluster_id, returns.reporting_year

),

-- without a return: whoever is on the register in that year; without a register, whoever did not leave before
not_sent as (

    select
        missing_returns.cluster_id,
        missing_returns.reporting_year,
        enrolments.organisation_id,
        max(enrolments.organisation_name) as organisation_name
    from missing_returns
    inner join reporting_years on missing_returns.reporting_year = reporting_years.reporting_year
    inner join enrolments on missing_returns.cluster_id = enrolments.cluster_id
    where
        enrolments.enrolled_on <= reporting_years.ends_on
        and (enrolments.left_on is null or enrolments.left_on >= reporting_years.starts_on)
    group by missing_returns.cluster_id, missing_returns.reporting_year, enrolments.organisation_id
    union all
    select
        missing_returns.cluster_id,
        missing_returns.reporting_year,
        organisation_years.organisation_id,
        organisation_years.organisation_name
    from missing_returns
    inner join organisation_years
        on
            missing_returns.cluster_id = organisation_years.cluster_id
            and missing_returns.last_sent_year = organisation_years.reporting_year
    left join registered_clusters on missing_returns.cluster_id = registered_clusters.cluster_id
    where
        registered_clusters.cluster_id is null
        and coalesce(organisation_years.response_status, 'answered') not in ('left', 'closed', 'merged')

),

responses as (

    select
        cluster_id,
        reporting_year,
        organisation_id,
        organisation_name,
        figures_asked,
        figures_given,
        case
            when response_status in ('left', 'closed', 'merged') then response_status
            when not answered or (figures_given = 0 and figures_refused > 0) then 'refused'
            when figures_given = 0 then 'no answer'
            when figures_given < figures_asked then 'partial'
            when figures_above_zero = 0 then 'nothing to report'
            else 'answered'
        end as response
    from organisation_years
    union all
    select
        cluster_id,
        reporting_year,
        organisation_id,
        organisation_name,
        null as figures_asked,
        null as figures_given,
        'no answer' as response
    from {{ ref('int_organisations_expected') }}
    where not in_return
    union all
    select
        not_sent.cluster_id,
        not_sent.reporting_year,
        not_sent.organisation_id,
        not_sent.organisation_name,
        null as figures_asked,
        null as figures_given,
        case
            when returns.state in ('not due yet', 'set aside by us') then returns.state
            else 'no answer'
        end as response
    from not_sent
    inner join returns
        on
            not_sent.cluster_id = returns.cluster_id
            and not_sent.reporting_year = returns.reporting_year

)

select
    responses.cluster_id,
    returns.cluster_name,
    responses.organisation_id,
    responses.organisation_name,
    responses.reporting_year,
    responses.response,
    responses.response not in ('left', 'closed', 'merged', 'not due yet', 'set aside by us') as is_due,
    responses.response in ('answered', 'partial', 'nothing to report') as is_received,
    responses.figures_asked,
    responses.figures_given,
    {{ rounded('baselines.baseline_turnover_annualised_gbp', 2) }} as baseline_turnover_gbp,
    returns.due_on,
    returns.arrived_on,
    returns.days_late,
    returns.receipt_id
from responses
inner join returns
    on
        responses.cluster_id = returns.cluster_id
        and responses.reporting_year = returns.reporting_year
left join baselines
    on
        responses.cluster_id = baselines.cluster_id
        and responses.organisation_id = baselines.organisation_id
