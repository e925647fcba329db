-- One row per cluster, organisation and reporting year of the returns that count.
{%- set as_sent = [
    'organisation_name', 'charity_number', 'company_number', 'mutual_number', 'unregistered', 'postcode', 'legal_form',
    'sectors', 'participant_class', 'stage', 'joined_on', 'left_on', 'response_status', 'fast_track',
    'period_starts_on', 'period_ends_on', 'figures_from', 'volunteer_hours_quality', 'clients_basis',
    'new_products_note', 'new_markets_note', 'contract_social_value_note', 'environment_themes', 'environment_note',
] %}
with

organisations as (

    select
        *,
        -- a number of the wrong shape is asked about as such, and not looked up
        coalesce(
            case when {{ text_matches('charity_number', charity_number_shape()) }} then 'GB-CHC-' || charity_number end,
            case when {{ text_matches('company_number', company_number_shape()) }} then 'GB-COH-' || company_number end,
            case when {{ text_matches('mutual_number', mutual_number_shape()) }} then 'GB-MPR-' || mutual_number end
        ) as own_number_id
    from {{ ref('int_organisation_answers') }}

),

returns as (

    select
        receipt_id,
        cluster_name,
        arrived_on
    from {{ ref('int_returns') }}
    where counts

),

enrolments as (

    select * from {{ ref('int_enrolments') }}

),

reporting_years as (

    select * from {{ source('programme', 'reporting_years') }}

),

public_register as (

    select
        scheme,
        scheme || '-' || number as number_id,
        max(registered_name) as registered_name,
        max(status) as status,
        max(removed_on) as removed_on,
        max(latest_income_gbp) as latest_income_gbp,
        max(latest_income_ends_on) as latest_income_ends_on
    from {{ source('register', 'public_register') }}
    group by scheme, scheme || '-' || number

),

schemes as (

    select distinct scheme from public_register

),

living_wages as (

    -- the lowest pay per hour of an adult, from the April of the reporting year on
    select
        cast(substr(effective_from, 1, 4) as integer) as starts_in,
        max(value) as living_wage_gbp
    from {{ ref('wages') }}
    where series = 'nlw'
    group by cast(substr(effective_from, 1, 4) as integer)

),

identified as (

    select
        *,
        count(*) over same_organisation as rows_in_return,
        row_number() over (partition by receipt_id, organisation_id order by sheet, row_number) as place_in_return
    from organisations
    window same_organisation as (partition by receipt_id, organisation_id)

),

repeated as (

    select
        receipt_id,
        organisation_id,
        {{ dbt.listagg(
            'cast(row_number as ' ~ dbt.type_string() ~ ')', "', '", 'order by sheet, row_number'
        ) }} as row_numbers
    from identified
    where rows_in_return > 1
    group by receipt_id, organisation_id

),

used as (

    select
        *,
        cast(round({{ dbt.datediff('period_starts_on', 'period_ends_on', 'day') }} * 12 / 365.25) as integer)
            as whole_months
    from identified
    where place_in_return = 1

),

dated as (

    -- a period that ends before it starts has no length
    select
        *,
        case when whole_months > 0 then whole_months end as accounting_months,
        case
            when whole_months > 0 then total_income_gbp * 12 / whole_months
            else total_income_gbp
        end as total_income_annualised_gbp
    from used

),

years as (

    -- one row per organisation and year, also where two clusters send it
    select
        organisation_id,
        reporting_year,
        max_by(total_income_gbp, cluster_id) as total_income_gbp,
        max_by(total_income_annualised_gbp, cluster_id) as total_income_annualised_gbp,
        max_by(employees_headcount, cluster_id) as employees_headcount,
        max_by(employees_fte, cluster_id) as employees_fte
    from dated
    group by organisation_id, reporting_year

),

scaled as (

    select
        *,
        total_income_gbp / nullif(lag(total_income_gbp) over earlier, 0) as ratio_to_last,
        total_income_gbp / nullif(lag(total_income_gbp, 2) over earlier, 0) as ratio_to_last_but_one
    from years
    where total_income_gbp is not null
    window earlier as (partition by organisation_id order by reporting_year)

),

trusted as (

    -- a figure that is a thousand times off both its predecessors is not held against the year after it
    select
        organisation_id,
        reporting_year,
        total_income_gbp,
        total_income_annualised_gbp
    from scaled
    where
        not coalesce({{ thousand_times_off('ratio_to_last') }}, false)
        or not coalesce({{ thousand_times_off('ratio_to_last_but_one') }}, true)

),

predecessors as (

    -- the last earlier year with a figure, also across a missing year
    select
        years.organisation_id,
        years.reporting_year,
        max(trusted.reporting_year) over before as previous_income_year,
        max(case when years.employees_headcount is not null then years.reporting_year end) over before
            as previous_staff_year
    from years
    left join trusted
        on
            years.organisation_id = trusted.organisation_id
            and years.reporting_year = trusted.reporting_year
    window before as (
        partition by years.organisation_id
        order by years.reporting_year
        rows between unbounded preceding and 1 preceding
    )

),

enrolled as (

    select
        cluster_id,
        organisation_id,
        min(enrolled_on) as enrolled_on
    from enrolments
    group by cluster_id, organisation_id

),

registered_clusters as (

    select distinct cluster_id from enrolments

)

select
    dated.cluster_id,
    returns.cluster_name,
    dated.organisation_id,
    dated.reporting_year,
    dated.receipt_id,
    returns.arrived_on,
    dated.sheet,
    dated.row_number,
    dated.rows_in_return,
    repeated.row_numbers,
    {%- for column in as_sent %}
    dated.{{ column }},
    {%- endfor %}
    {%- for column in figure_fields() %}
    dated.{{ column }},
    dated.{{ column }}_missing,
    {%- endfor %}
    dated.corrected_fields,
    coalesce(dated.response_status, 'answered') = 'answered' as answered,
    dated.accounting_months,
    dated.total_income_annualised_gbp,
    coalesce(predecessors.previous_income_year, predecessors.previous_staff_year) as previous_reporting_year,
    previous_income.total_income_gbp as previous_total_income_gbp,
    previous_income.total_income_annualised_gbp as previous_total_income_annualised_gbp,
    previous_staff.employees_headcount as previous_employees_headcount,
    previous_staff.employees_fte as previous_employees_fte,
    cast(substr(dated.reporting_year, 1, 4) as integer)
    - cast(substr(predecessors.previous_income_year, 1, 4) as integer) as years_since_previous,
    cast(substr(dated.reporting_year, 1, 4) as integer)
    - cast(substr(predecessors.previous_staff_year, 1, 4) as integer) as years_since_previous_staff,
    case
        when registered_clusters.cluster_id is not null
            then coalesce(enrolled.enrolled_on <= reporting_years.ends_on, false)
    end as is_enrolled,
    case
        when schemes.scheme is not null then public_register.number_id is not null
    end as on_register,
    public_register.registered_name as register_name,
    public_register.status as register_status,
    public_register.removed_on as register_removed_on,
    public_register.latest_income_gbp as register_income_gbp,
    public_register.latest_income_ends_on as register_income_ends_on,
    reporting_years.starts_on as year_starts_on,
    reporting_years.ends_on as year_ends_on,
    living_wages.living_wage_gbp,
    cast(count(*) filter (
        where dated.period_ends_on < reporting_years.starts_on or dated.period_ends_on > reporting_years.ends_on
    ) over (partition by dated.receipt_id) as double)
    / nullif(count(dated.period_ends_on) over (partition by dated.receipt_id), 0) as outside_share,
    {{ shared_words_ratio('dated.organisation_name', 'public_register.registered_name') }}
        as register_name_similarity_ratio
from dated
inner join returns on dated.receipt_id = returns.receipt_id
left join repeated
    on
        dated.receipt_id = repeated.receipt_id
        and dated.organisation_id = repeated.organisation_id
left join predecessors
    on
        dated.organisation_id = predecessors.organisation_id
        and dated.reporting_year = predecessors.reporting_year
left join trusted as previous_income
    on
        predecessors.organisation_id = previous_income.organisation_id
        and predecessors.previous_income_year = previous_income.reporting_year
left join years as previous_staff
    on
        predecessors.organisation_id = previous_staff.organisation_id
        and predecessors.previous_staff_year = previous_staff.reporting_year
left join enrolled
    on
        dated.cluster_id = enrolled.cluster_id
        and dated.organisation_id = enrolled.organisation_id
left join registered_clusters on dated.cluster_id = registered_clusters.cluster_id
left join reporting_years on dated.reporting_year = reporting_years.reporting_year
left join public_register on dated.own_number_id = public_register.number_id
left join schemes on substr(dated.own_number_id, 1, 6) = schemes.scheme
left join living_wages on {{ year_start('dated.reporting_year') }} = living_wages.starts_in
