-- One row per cluster, organisation and reporting year with an earlier year of the same organisation beside it.
{%- set compared = [
    'total_income_gbp', 'traded_income_gbp', 'grants_and_donations_gbp', 'other_income_gbp', 'total_expenditure_gbp',
    'employees_headcount', 'employees_fte', 'volunteers', 'volunteer_hours', 'clients_supported', 'electricity_kwh',
    'gas_kwh', 'petrol_litres', 'diesel_litres', 'water_m3', 'waste_landfill_tonnes', 'waste_recycled_tonnes',
] %}
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

answered as (

    -- an organisation that two clusters send is compared with what one of them sent, always the same
    select
        organisation_id,
        {{ year_start('reporting_year') }} as starts_in,
        *
    from organisation_years
    where answered
    qualify row_number() over (partition by organisation_id, reporting_year order by cluster_id) = 1

),

pairs as (

    -- the last earlier year with an answer, also across a missing one
    select
        this.cluster_id,
        this.organisation_id,
        this.reporting_year,
        max(last.starts_in) as last_starts_in
    from organisation_years as this
    inner join answered as last
        on
            this.organisation_id = last.organisation_id
            and {{ year_start('this.reporting_year') }} > last.starts_in
    where this.answered
    group by this.cluster_id, this.organisation_id, this.reporting_year

)

select
    this.cluster_id,
    this.cluster_name,
    this.organisation_id,
    this.organisation_name,
    this.reporting_year,
    this.receipt_id,
    this.sheet,
    this.row_number,
    this.sectors,
    this.period_starts_on,
    this.period_ends_on,
    this.total_income_annualised_gbp,
    this.prior_year_income_gbp,
    last.reporting_year as previous_reporting_year,
    {{ year_start('this.reporting_year') }} - pairs.last_starts_in as years_between,
    last.period_ends_on as previous_period_ends_on,
    -- a turnover that was a thousand times off is not held against the year after it
    case
        when this.years_since_previous = {{ year_start('this.reporting_year') }} - pairs.last_starts_in
            then this.previous_total_income_annualised_gbp
    end as previous_total_income_annualised_gbp,
    case
        when this.years_since_previous = {{ year_start('this.reporting_year') }} - pairs.last_starts_in
            then this.previous_total_income_gbp
    end as previous_total_income_gbp,
    this.total_income_gbp,
    {%- for figure in compared if figure != 'total_income_gbp' %}
    this.{{ figure }},
    last.{{ figure }} as previous_{{ figure }},
    {%- endfor %}
    (
        {%- for figure in compared %}
        case when this.{{ figure }} <> 0 and this.{{ figure }} = last.{{ figure }} then 1 else 0 end
        {{- ' +' if not loop.last }}
        {%- endfor %}
    ) as figures_same,
    (
        {%- for figure in compared %}
        case when this.{{ figure }} <> 0 and last.{{ figure }} is not null then 1 else 0 end
        {{- ' +' if not loop.last }}
        {%- endfor %}
    ) as figures_compared
from pairs
inner join organisation_years as this
    on
        pairs.cluster_id = this.cluster_id
        and pairs.organisation_id = this.organisation_id
        and pairs.reporting_year = this.reporting_year
inner join answered as last
    on
        pairs.organisation_id = last.organisation_id
        and pairs.last_starts_in = last.starts_in
