-- One row per cluster, organisation, reporting year, figure and method by which the figure can be estimated.
{%- set least = var('imputation_least_pairs') %}
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

open_questions as (

    -- what nobody has answered for yet is no ground for an estimate; an error about who it is concerns all figures
    select distinct
        alerts.cluster_id,
        alerts.organisation_id,
        alerts.reporting_year,
        alerts.kpi,
        alerts.holds_back
    from {{ ref('int_alerts') }} as alerts
    inner join {{ ref('int_alert_states') }} as states on alerts.alert_id = states.alert_id
    where
        alerts.severity in ('error', 'warning')
        and not alerts.is_shadow
        and not states.is_settled
        and alerts.organisation_id is not null

),

figures as (
    {% for field, figure in imputed_figures().items() %}
    select
        cluster_id,
        organisation_id,
        reporting_year,
        '{{ field }}' as field,
        '{{ figure.kpi }}' as kpi,
        cast({{ figure.sql }} as double) as figure,
        coalesce({{ first_code('sectors') }}, 'no sector') as sector,
        {{ size_band('total_income_annualised_gbp') }} as size_band
    from organisation_years
    where {{ figure.sql }} >= 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

sound as (

    select figures.*
    from figures
    where not exists (
        select 1
        from open_questions
        where
            figures.cluster_id = open_questions.cluster_id
            and figures.organisation_id = open_questions.organisation_id
            and figures.reporting_year = open_questions.reporting_year
            and (figures.kpi = open_questions.kpi or (open_questions.kpi is null and open_questions.holds_back))
    )

),

steps as (
    {% for method, step in [('imputed forward', '+ 1'), ('imputed backward', '- 1')] %}
    select
        cluster_id,
        organisation_id,
        {{ reporting_year_from('(' ~ year_start('reporting_year') ~ ' ' ~ step ~ ')') }} as reporting_year,
        field,
        kpi,
        '{{ method }}' as method,
        reporting_year as based_on_year,
        figure as based_on_figure,
        sector,
        size_band
    from sound
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

matched as (

    select
        steps.*,
        sound.figure as true_figure,
        -- a pair of an organisation that two clusters send counts once
        sound.figure is not null and row_number() over (
            partition by steps.organisation_id, steps.reporting_year, steps.field, steps.method
            order by case when sound.figure is null then 2 else 1 end, steps.cluster_id
        ) = 1 as is_pair
    from steps
    left join sound
        on
            steps.cluster_id = sound.cluster_id
            and steps.organisation_id = sound.organisation_id
            and steps.reporting_year = sound.reporting_year
            and steps.field = sound.field

),

{%- set groups = {'alike': 'sector, size_band', 'in_sector': 'sector', 'in_all': none} -%}
{%- for group, columns in groups.items() %}

{{ group }} as (

    select
        reporting_year,
        field,
        method,
        {%- if columns %}
        {{ columns }},
        {%- endif %}
        count(*) as pairs,
        {{ exact_sum('true_figure') }} as true_sum,
        {{ exact_sum('based_on_figure') }} as based_on_sum
    from matched
    where is_pair
    group by all

),
{%- endfor %}

own_pairs as (

    select
        organisation_id,
        reporting_year,
        field,
        method,
        true_figure,
        based_on_figure
    from matched
    where is_pair

),

grouped as (

    -- the narrowest group with enough pairs of others; an organisation is never held against itself
    select
        matched.*,
        case when own_pairs.organisation_id is null then 0 else 1 end as own_pair,
        coalesce(own_pairs.true_figure, 0) as own_true,
        coalesce(own_pairs.based_on_figure, 0) as own_based_on,
        {%- for group in groups %}
        {{ group }}.pairs as {{ group }}_pairs,
        {{ group }}.true_sum as {{ group }}_true,
        {{ group }}.based_on_sum as {{ group }}_based_on,
        {%- endfor %}
        case
            when
                matched.sector <> 'no sector'
                and alike.pairs - case when own_pairs.organisation_id is null then 0 else 1 end >= {{ least }}
                then 'alike'
            when
                matched.sector <> 'no sector'
                and in_sector.pairs - case when own_pairs.organisation_id is null then 0 else 1 end >= {{ least }}
                then 'in_sector'
            when in_all.pairs - case when own_pairs.organisation_id is null then 0 else 1 end >= {{ least }}
                then 'in_all'
        end as peers
    from matched
    left join own_pairs
        on
            matched.organisation_id = own_pairs.organisation_id
            and matched.reporting_year = own_pairs.reporting_year
            and matched.field = own_pairs.field
            and matched.method = own_pairs.method
    {%- for group, columns in groups.items() %}
    left join {{ group }}
        on
            matched.reporting_year = {{ group }}.reporting_year
            and matched.field = {{ group }}.field
            and matched.method = {{ group }}.method
            {%- if columns %}
            {%- for column in columns.split(', ') %}
            and matched.{{ column }} = {{ group }}.{{ column }}
            {%- endfor %}
            {%- endif %}
    {%- endfor %}

),

by_ratio as (

    select
        *,
        case peers
            when 'alike' then sector || ', ' || size_band
            when 'in_sector' then sector
            when 'in_all' then 'the whole programme'
        end as peer_group,
        case peers
            {%- for group in groups %}
            when '{{ group }}' then {{ group }}_pairs - own_pair
            {%- endfor %}
        end as pairs,
        case peers
            {%- for group in groups %}
            when '{{ group }}'
                then ({{ group }}_true - own_true) / nullif({{ group }}_based_on - own_based_on, 0)
            {%- endfor %}
        end as ratio
    from grouped

),

registered as (

    -- the last income that a public register holds, of whoever had it; for the year in which that period ended
    select distinct
        cluster_id,
        organisation_id,
        {{ reporting_year_from('(' ~ financial_year_start('register_income_ends_on') ~ ')') }} as reporting_year,
        register_income_gbp
    from organisation_years
    where register_income_gbp is not null and register_income_ends_on is not null

)

select
    cluster_id,
    organisation_id,
    reporting_year,
    field,
    kpi,
    method,
    based_on_year,
    based_on_figure,
    peer_group,
    cast(pairs as integer) as pairs,
    ratio,
    based_on_figure * ratio as imputed_figure,
    true_figure
from by_ratio
where ratio is not null
union all
select
    registered.cluster_id,
    registered.organisation_id,
    registered.reporting_year,
    'total_income_gbp' as field,
    'turnover' as kpi,
    'imputed from the register' as method,
    registered.reporting_year as based_on_year,
    registered.register_income_gbp as based_on_figure,
    cast(null as {{ dbt.type_string() }}) as peer_group,
    cast(null as integer) as pairs,
    cast(null as double) as ratio,
    registered.register_income_gbp as imputed_figure,
    sound.figure as true_figure
from registered
left join sound
    on
        registered.cluster_id = sound.cluster_id
        and registered.organisation_id = sound.organisation_id
        and registered.reporting_year = sound.reporting_year
        and sound.field = 'total_income_gbp'
