-- One row per alert about a figure that a usual slip would explain: the slip, and the figure without it.
{%- set slips = [
    ('value / 1000', 'Divided by 1,000', 0.5, 2),
    ('value * 1000', 'Times 1,000', 0.5, 2),
    ('value / 100', 'Divided by 100, as if it had been in pence', 0.67, 1.5),
    ('value * 100', 'Times 100', 0.67, 1.5),
    ('value / 10', 'With one digit fewer', 0.8, 1.25),
    ('value * 10', 'With one digit more', 0.8, 1.25),
    ('-value', 'With the other sign', 0.67, 1.5),
] %}
with

alerts as (

    select
        alert_id,
        cluster_id,
        organisation_id,
        reporting_year,
        field,
        value
    from {{ ref('int_alerts') }}
    where value <> 0 and field in ('total_income_gbp', 'employees_headcount', 'employees_fte')

),

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

suspected as (

    -- what is near last year needs no explanation
    select
        alerts.alert_id,
        alerts.field,
        alerts.value,
        case
            when alerts.field = 'total_income_gbp' then organisation_years.previous_total_income_gbp
            when alerts.field = 'employees_headcount' then organisation_years.previous_employees_headcount
            else organisation_years.previous_employees_fte
        end as earlier_value,
        organisation_years.previous_reporting_year as earlier_year,
        case when alerts.field = 'total_income_gbp' then organisation_years.employees_fte end as fte
    from alerts
    inner join organisation_years
        on
            alerts.cluster_id = organisation_years.cluster_id
            and alerts.organisation_id = organisation_years.organisation_id
            and alerts.reporting_year = organisation_years.reporting_year

),

far_off as (

    select * from suspected
    where earlier_value > 0 and (value / earlier_value > 1.5 or value / earlier_value < 0.67)

),

explained as (
    {% for sql, words, low, high in slips %}
    select
        *,
        {{ loop.index }} as preference,
        '{{ words }}' as slip,
        {{ sql }} as hypothesis_value
    from far_off
    where {{ sql }} between {{ low }} * earlier_value and {{ high }} * earlier_value
    union all
    {% endfor %}
    {%- for place in range(1, 8) %}
    -- two neighbouring digits change places
    select
        *,
        100 as preference,
        'With two digits the other way round' as slip,
        value + (
            floor(value / {{ 10 ** (place - 1) }}) % 10 - floor(value / {{ 10 ** place }}) % 10
        ) * {{ 9 * 10 ** (place - 1) }} as hypothesis_value
    from far_off
    where
        value >= {{ 10 ** place }}
        and value + (
            floor(value / {{ 10 ** (place - 1) }}) % 10 - floor(value / {{ 10 ** place }}) % 10
        ) * {{ 9 * 10 ** (place - 1) }} between 0.9 * earlier_value and 1.1 * earlier_value
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

checked as (

    -- income that no staff could have earned explains nothing
    select
        *,
        fte >= 1 and hypothesis_value / fte between 5000 and 250000 as fits_staff
    from explained
    where not coalesce(fte >= 1 and hypothesis_value / fte not between 5000 and 250000, false)

)

select
    alert_id,
    slip,
    hypothesis_value,
    slip || ' this would be ' || {{ spoken_number('hypothesis_value') }} || ', which fits the '
    || {{ spoken_number('earlier_value') }} || ' of ' || earlier_year
    || case when coalesce(fits_staff, false) then ' and the income for each member of staff' else '' end
    || '.' as hypothesis
from checked
qualify row_number() over (
    partition by alert_id
    order by preference, abs(ln(hypothesis_value / earlier_value)), hypothesis_value
) = 1
