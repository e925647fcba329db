-- One row per cluster, reporting year, KPI and figure that its quality rating weighs by value.
{%- set figures = [
    ('turnover', 'turnover', 'turnover_by_organisation', 'turnover_gbp', 'is_held_back', 'total_income_gbp'),
    ('employment', 'employees', 'employment_by_organisation', 'headcount', 'is_held_back', 'employees_headcount'),
    ('employment', 'full-time equivalents', 'employment_by_organisation', 'fte', 'is_held_back', 'employees_fte'),
    ('social value', 'volunteer hours', 'social_value_by_organisation', 'volunteer_hours', 'is_held_back',
     'volunteer_hours'),
    ('social value', 'clients supported', 'social_value_by_organisation', 'clients_supported', 'is_held_back', none),
    ('social value', 'client attendances', 'social_value_by_organisation', 'client_attendances', 'is_held_back', none),
    ('social value', 'jobs created', 'employment_by_organisation', 'jobs_created_headcount', 'jobs_are_held_back', none),
    ('social value', 'social value beyond contracts', 'social_value_by_organisation', 'contract_social_value_gbp',
     'is_held_back', none),
    ('environment', 'CO2e', 'environment_by_organisation', 'tco2e', 'is_held_back', none),
    ('innovation', 'new products', 'innovation_by_organisation', 'new_products', 'is_held_back', none),
    ('innovation', 'new markets', 'innovation_by_organisation', 'new_markets', 'is_held_back', none),
    ('investment', 'investment', 'investment_by_organisation', 'investment_received_gbp', 'is_held_back', none),
] %}
with

kpis as (
    {% for kpi, name, mart, column, is_excluded, field in figures %}
    select
        '{{ kpi }}' as kpi,
        '{{ name }}' as figure,
        {{ 'true' if field else 'false' }} as is_of_everybody
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

sent as (
    {% for kpi, name, mart, column, is_excluded, field in figures %}
    select
        cluster_id,
        organisation_id,
        reporting_year,
        '{{ kpi }}' as kpi,
        '{{ name }}' as figure,
        cast(abs({{ column }}) as double) as amount,
        {{ is_excluded }} as is_excluded
    from {{ ref(mart) }}
    where {{ column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

estimated as (
    {% for kpi, name, mart, column, is_excluded, field in figures if field %}
    select
        cluster_id,
        organisation_id,
        reporting_year,
        '{{ name }}' as figure,
        cast(imputed_figure as double) as amount
    from {{ ref('int_imputations') }}
    where field = '{{ field }}'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

not_asked as (
    {% for kpi, name, mart, column, is_excluded, field in figures if field %}
    select
        cluster_id,
        organisation_id,
        reporting_year,
        '{{ name }}' as figure
    from {{ ref('int_organisation_years') }}
    where {{ field }}_missing in ('not asked', 'not applicable')
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

due as (

    -- a figure that everybody gives is missing where it is blank; another one where the whole answer is
    select
        responses.cluster_id,
        responses.organisation_id,
        responses.reporting_year,
        figures.kpi,
        figures.figure
    from {{ ref('response_by_organisation') }} as responses
    cross join kpis as figures
    where responses.is_due and (figures.is_of_everybody or not responses.is_received)

),

means as (

    select
        cluster_id,
        reporting_year,
        figure,
        avg(amount) as amount
    from sent
    where not is_excluded
    group by cluster_id, reporting_year, figure

),

last_known as (

    -- the last accepted figure of an organisation before the year
    select
        due.cluster_id,
        due.organisation_id,
        due.reporting_year,
        due.figure,
        max_by(sent.amount, sent.reporting_year) as amount
    from due
    inner join sent
        on
            due.cluster_id = sent.cluster_id
            and due.organisation_id = sent.organisation_id
            and due.figure = sent.figure
            and due.reporting_year > sent.reporting_year
    where not sent.is_excluded
    group by due.cluster_id, due.organisation_id, due.reporting_year, due.figure

),

missing as (

    -- what is missing is weighed by what the organisation gave last, else by what the others give
    select
        due.cluster_id,
        due.reporting_year,
        due.kpi,
        due.figure,
        coalesce(last_known.amount, means.amount, 0) as amount
    from due
    left join sent
        on
            due.cluster_id = sent.cluster_id
            and due.organisation_id = sent.organisation_id
            and due.reporting_year = sent.reporting_year
            and due.figure = sent.figure
    left join estimated
        on
            due.cluster_id = estimated.cluster_id
            and due.organisation_id = estimated.organisation_id
            and due.reporting_year = estimated.reporting_year
            and due.figure = estimated.figure
    left join not_asked
        on
            due.cluster_id = not_asked.cluster_id
            and due.organisation_id = not_asked.organisation_id
            and due.reporting_year = not_asked.reporting_year
            and due.figure = not_asked.figure
    left join last_known
        on
            due.cluster_id = last_known.cluster_id
            and due.organisation_id = last_known.organisation_id
            and due.reporting_year = last_known.reporting_year
            and due.figure = last_known.figure
    left join means
        on
            due.cluster_id = means.cluster_id
            and due.reporting_year = means.reporting_year
            and due.figure = means.figure
    where sent.figure is null and estimated.figure is null and not_asked.figure is null

),

amounts as (

    select
        cluster_id,
        reporting_year,
        figure,
        case when is_excluded then 'excluded' else 'accepted' end as part,
        amount
    from sent
    union all
    select
        cluster_id,
        reporting_year,
        figure,
        'imputed' as part,
        amount
    from estimated
    union all
    select
        cluster_id,
        reporting_year,
        figure,
        'missing' as part,
        amount
    from missing

),

summed as (

    select
        amounts.cluster_id,
        amounts.reporting_year,
        kpis.kpi,
        amounts.figure,
        {%- for part in ['accepted', 'excluded', 'imputed', 'missing'] %}
        {{ exact_sum("case when amounts.part = '" ~ part ~ "' then amounts.amount else 0 end") }} as {{ part }},
        {%- endfor %}
        {{ exact_sum('amounts.amount') }} as amount
    from amounts
    inner join kpis on amounts.figure = kpis.figure
    group by amounts.cluster_id, amounts.reporting_year, kpis.kpi, amounts.figure

)

select
    cluster_id,
    reporting_year,
    kpi,
    figure,
    {{ rounded('accepted / amount', 6) }} as accepted_value_share,
    {{ rounded('excluded / amount', 6) }} as excluded_value_share,
    {{ rounded('imputed / amount', 6) }} as imputed_value_share,
    {{ rounded('missing / amount', 6) }} as missing_value_share
from summed
where amount > 0
