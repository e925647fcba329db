-- One row per cluster, organisation and reporting year: the figures as they were first accepted.
with

versions as (

    select
        receipt_id,
        cluster_id,
        reporting_year,
        version,
        arrived_on
    from {{ ref('int_returns') }}
    where version is not null

),

organisations as (

    select
        *,
        {{ identity_id_of_row() }} as identity_id
    from {{ source('landed', 'organisations') }}

),

identities as (

    select
        identity_id,
        organisation_id
    from {{ ref('int_organisation_identities') }}

),

now_sent as (

    select
        cluster_id,
        organisation_id,
        reporting_year,
        total_income_gbp
    from {{ ref('int_organisation_years') }}

),

sent as (

    -- one row per version and organisation, as the years themselves are made
    select
        versions.cluster_id,
        versions.reporting_year,
        versions.receipt_id,
        versions.version,
        versions.arrived_on,
        identities.organisation_id,
        organisations.total_income_gbp,
        organisations.prior_year_income_gbp,
        organisations.employees_headcount,
        organisations.employees_fte
    from versions
    inner join organisations on versions.receipt_id = organisations.receipt_id
    inner join identities on organisations.identity_id = identities.identity_id
    qualify row_number() over (
        partition by versions.receipt_id, identities.organisation_id
        order by organisations.sheet, organisations.row_number
    ) = 1

),

judged as (

    -- a figure in thousands that was mended since was never accepted: its error held it back
    select
        sent.*,
        coalesce(
            {{ thousand_times_off('sent.total_income_gbp / nullif(now_sent.total_income_gbp, 0)') }}, false
        ) as is_slip
    from sent
    left join now_sent
        on
            sent.cluster_id = now_sent.cluster_id
            and sent.organisation_id = now_sent.organisation_id
            and sent.reporting_year = now_sent.reporting_year

)

select
    cluster_id,
    organisation_id,
    reporting_year,
    max(version) as versions,
    min_by(total_income_gbp, version) filter (where total_income_gbp is not null and not is_slip)
        as first_total_income_gbp,
    min_by(receipt_id, version) filter (where total_income_gbp is not null and not is_slip) as first_receipt_id,
    min_by(arrived_on, version) filter (where total_income_gbp is not null and not is_slip) as first_arrived_on,
    min_by(prior_year_income_gbp, version) filter (where prior_year_income_gbp is not null)
        as first_prior_year_income_gbp,
    min_by(receipt_id, version) filter (where prior_year_income_gbp is not null) as first_prior_receipt_id,
    min_by(arrived_on, version) filter (where prior_year_income_gbp is not null) as first_prior_arrived_on,
    min_by(employees_headcount, version) filter (where employees_headcount is not null) as first_headcount,
    min_by(employees_fte, version) filter (where employees_fte is not null) as first_fte
from judged
group by cluster_id, organisation_id, reporting_year
