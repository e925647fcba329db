-- One row per row of the organisations of the returns that count, with the organisation, and corrected figures.
{%- set as_sent = [
    'receipt_id', 'cluster_id', 'reporting_year', 'sheet', 'row_number',
    'organisation_name', 'charity_number', 'company_number', 'mutual_number', 'unregistered', 'postcode', 'legal_form',
    'sectors', 'participant_class', 'stage', 'joined_on', 'left_on', 'response_status', 'fast_track',
    'period_starts_on', 'period_ends_on', 'figures_from', 'volunteer_hours_quality', 'clients_basis',
    'new_products_note', 'new_markets_note', 'contract_social_value_note', 'environment_themes', 'environment_note',
] %}
with

organisations as (

    select
        *,
        {{ identity_id_of_row() }} as identity_id
    from {{ ref('stg_organisations') }}

),

identities as (

    select
        identity_id,
        organisation_id
    from {{ ref('int_organisation_identities') }}

),

corrections as (

    -- side by side: for each figure, what it was when a steward decided, and what counts instead
    select
        cluster_id,
        organisation_id,
        reporting_year,
        {%- for figure in figure_fields() %}
        count(*) filter (where field = '{{ figure }}') > 0 as {{ figure }}_decided,
        max(old_value) filter (where field = '{{ figure }}') as {{ figure }}_was,
        max(new_value) filter (where field = '{{ figure }}') as {{ figure }}_is,
        {%- endfor %}
        count(*) filter (where field is null) > 0 as leaves_all_out
    from {{ ref('int_corrections') }}
    group by cluster_id, organisation_id, reporting_year

),

identified as (

    select
        organisations.*,
        identities.organisation_id
    from organisations
    inner join identities on organisations.identity_id = identities.identity_id

)

select
    {%- for column in as_sent %}
    identified.{{ column }},
    {%- endfor %}
    identified.organisation_id,
    {%- for figure in figure_fields() %}
    {%- set decided = corrected_when('identified.' ~ figure, figure) %}
    case when {{ decided }} then corrections.{{ figure }}_is else identified.{{ figure }} end as {{ figure }},
    case
        when {{ decided }} then case when corrections.{{ figure }}_is is null then 'left out by a steward' end
        else identified.{{ figure }}_missing
    end as {{ figure }}_missing,
    {%- endfor %}
    -- the names of the figures that were put right or left out, each between commas
    nullif(
        ','
        {%- for figure in figure_fields() %}
        || case when {{ corrected_when('identified.' ~ figure, figure) }} then '{{ figure }},' else '' end
        {%- endfor %}, ','
    ) as corrected_fields
from identified
left join corrections
    on
        identified.cluster_id = corrections.cluster_id
        and identified.organisation_id = corrections.organisation_id
        and identified.reporting_year = corrections.reporting_year
