-- One row per method, edition, threshold, target or rule in force.
with

social_value as (

    select
        'social value' as kind,
        method_id || ' ' || replace(measure, '_', ' ') || ', ' || bound as method,
        method_version as version,
        fallback_factor as value,
        case when fallback_factor is not null then 'times the central value where it is not known' end as unit,
        rule,
        status || '; ' || source as source,
        verified
    from {{ ref('social_value_method') }}

),

factors as (

    select
        'greenhouse gas factors' as kind,
        'UK Government GHG conversion factors' as method,
        cast(year as {{ dbt.type_string() }}) as version,
        cast(count(kgco2e_per_unit) as double) as value,
        'activities with a factor of ' || cast(count(*) as {{ dbt.type_string() }}) as unit,
        'the factor of the calendar year that holds most of the accounting period; none, and no CO2e, without it'
            as rule,
        min(source) as source,
        min(verified) as verified
    from {{ ref('ghg_factors') }}
    group by year

),

deflators as (

    select
        'price levels' as kind,
        'GDP deflator, ' || series as method,
        financial_year as version,
        price_index as value,
        '2024 = 100' as unit,
        'growth in constant prices needs the level of both years' as rule,
        source,
        verified
    from {{ ref('int_deflators') }}

),

targets as (

    select
        'target' as kind,
        target as method,
        'in force' as version,
        value,
        unit,
        cast(null as {{ dbt.type_string() }}) as rule,
        source,
        cast(null as {{ dbt.type_string() }}) as verified
    from {{ source('programme', 'targets') }}
    where target <> 'grant_total_as_printed'

),

thresholds as (
    {% for name, unit, rule in [
        ('small_base_gbp', 'GBP', 'growth on less turnover than this is left out'),
        ('least_pairs', 'organisations', 'growth and medians rest on at least these'),
        ('least_for_share', 'organisations', 'shares rest on at least these'),
        ('path_years', 'years', 'the path of the target runs for these'),
        ('imputation_least_pairs', 'organisations', 'an estimate rests on the change of at least these others'),
    ] %}
    select
        'threshold' as kind,
        '{{ name }}' as method,
        'in force' as version,
        cast({{ var(name) | int }} as double) as value,
        '{{ unit }}' as unit,
        '{{ rule }}' as rule,
        'KPI definitions' as source,
        cast(null as {{ dbt.type_string() }}) as verified
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

imputation as (
    {% set ratio = 'times the sum over the sum of the figures of both years of its peers, itself left out' %}
    {% for method, rule in [
        ('imputed forward', "the organisation's figure of the year before, " ~ ratio),
        ('imputed backward', "the organisation's figure of the year after, " ~ ratio),
        ('imputed from the register', 'the income of its accounts on the public register that end in the reporting year'),
    ] %}
    select
        'imputation' as kind,
        '{{ method }}' as method,
        '1' as version,
        cast(null as double) as value,
        'of these the first that can' as unit,
        {{ sql_text(rule) }} as rule,
        'ratio of matched pairs, as in short-term business surveys (Eurostat, Memobust handbook, Imputation)' as source,
        'no' as verified
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

rules as (

    -- a rule's version is made from all that it says, so that any change of it shows
    {% for code, rule in live_rules().items() %}
    select
        'rule' as kind,
        {{ sql_text(code ~ ' ' ~ rule.title) }} as method,
        '{{ local_md5(tojson(rule, sort_keys=true))[:8] }}' as version,
        cast(null as double) as value,
        '{{ rule.severity }}' as unit,
        {% set thresholds = [] -%}
        {%- for name, value in rule_thresholds(rule).items() -%}
            {%- do thresholds.append(name ~ ' ' ~ value) -%}
        {%- endfor -%}
        {{ sql_text(thresholds | join('; ')) }} as rule,
        {{ sql_text(rule.source or '') }} as source,
        '{{ rule.verified }}' as verified
    union all
    {% endfor %}
    select
        'rule' as kind,
        '' as method,
        '' as version,
        cast(null as double) as value,
        '' as unit,
        '' as rule,
        '' as source,
        '' as verified
    where 1 = 0

),

methods as (

    select * from social_value
    union all
    select * from factors
    union all
    select * from deflators
    union all
    select * from targets
    union all
    select * from thresholds
    union all
    select * from imputation
    union all
    select * from rules

)

select
    kind,
    method,
    version,
    value,
    unit,
    nullif(rule, '') as rule,
    nullif(source, '') as source,
    verified
from methods
