{#
    The body of a model of reconciliations: one select for each sum declared under `config.meta.reconciliations` of the
    model, put together by `union all`. A declaration says

    name      what is held against what, in a few words; a key together with the figure
    says      what should hold, as the end of a sentence: It should hold that …
    of        the relation that has the total: its last name
    figures   the totals, as SQL, each held against its parts by itself; or: totals of organisations
    from      the relation that has the parts; else the same
    parts     the parts, as SQL, each a summand of every row; else the figure's own column, row by row of `from`
    expected  instead of parts, what `from` comes to, as SQL that aggregates; the figures then aggregate too
    only      `totals` where parts without a total are of no concern
    by        what both are grouped by; else cluster_id and reporting_year. Nothing: the whole programme, all years
    kpi       the KPI that the total is a figure of, where it is one
    unit      the unit to which the figures are rounded, 0.01 unless said; 0 where they are counts

    relations: those that the declarations name; they can only be read when dbt executes, so the model names its
    relations itself, and dbt knows them while parsing.
#}
{% macro reconciliations_of(relations) -%}
{%- if not execute -%}
select 1 as parsed
{%- else -%}
{%- set selects = [] -%}
{%- for declared in config.meta_get('reconciliations') -%}
    {%- set of_organisations = declared.figures == 'totals of organisations' -%}
    {%- for figure in (totals_of_organisations()[declared.kpi] if of_organisations else declared.figures) -%}
        {%- do selects.append(reconciliation(declared, figure, relations)) -%}
    {%- endfor -%}
{%- endfor -%}
with

compared as (

    {{ selects | join('\n\n    union all\n\n    ') }}

),

measured as (

    select
        *,
        {{ rounded('coalesce(actual, 0) - coalesce(expected, 0)', 6) }} as difference,
        {{ sum_tolerance('unit', 'figures_added', 'size_added') }} as tolerance
    from compared

),

judged as (

    select
        *,
        case
            when actual is null and expected is null then true
            when actual is null or expected is null then false
            else abs(actual - expected) <= tolerance
        end as adds_up
    from measured

)

select
    reconciliation,
    mart,
    figure,
    kpi,
    cluster_id,
    reporting_year,
    {# The last digit of a sum of doubles depends on the order in which they are added. #}
    {{ rounded('expected', 6) }} as expected,
    {{ rounded('actual', 6) }} as actual,
    difference,
    {{ rounded('tolerance', 9) }} as tolerance,
    adds_up,
    case
        when not adds_up
            then
                'It should hold that ' || says || ': ' || figure || ' of ' || mart || ' is '
                || coalesce({{ spoken_number('actual') }}, 'not known') || ', and its parts come to '
                || coalesce({{ spoken_number('expected') }}, 'nothing that is known') || '.'
    end as reason
from judged
{%- endif -%}
{%- endmacro %}


{#
    By how much a sum may differ from its parts: half a unit for each figure that was rounded, and the share
    `sum_tolerance_ratio` of what was added up, whichever sign it had, since a double holds 15 digits.
#}
{% macro sum_tolerance(unit, figures, size) -%}
{{ unit }} / 2 * ({{ figures }} + 1) + {{ var('sum_tolerance_ratio') }} * {{ size }}
{%- endmacro %}


{# One total beside the sum of its parts, grouped alike. #}
{% macro reconciliation(declared, figure, relations) -%}
{%- set text = dbt.type_string() -%}
{%- set by = declared.by if declared.by is defined else ['cluster_id', 'reporting_year'] -%}
{%- set parts = declared.parts or [figure] -%}
{%- set added = [] -%}
{%- set sizes = [] -%}
{%- set counts = [] -%}
{%- for part in parts -%}
    {%- do added.append('coalesce(sum(cast(' ~ part ~ ' as double)), 0)') -%}
    {%- do sizes.append('coalesce(sum(abs(cast(' ~ part ~ ' as double))), 0)') -%}
    {%- do counts.append('count(' ~ part ~ ')') -%}
{%- endfor -%}
select
        {{ sql_text(declared.name) }} as reconciliation,
        {{ sql_text(declared.of) }} as mart,
        {{ sql_text(figure) }} as figure,
        {{ sql_text(declared.says) }} as says,
        {{ sql_text(declared.kpi) if declared.kpi else 'cast(null as ' ~ text ~ ')' }} as kpi,
        {%- for column in ['cluster_id', 'reporting_year'] %}
        {{ 'coalesce(totals.' ~ column ~ ', parts.' ~ column ~ ')' if column in by else 'cast(null as ' ~ text ~ ')' }}
            as {{ column }},
        {%- endfor %}
        parts.expected,
        totals.actual,
        coalesce(parts.size_added, 0) as size_added,
        coalesce(parts.figures_added, 0) as figures_added,
        cast({{ declared.unit if declared.unit is defined else 0.01 }} as double) as unit
    from (
        select
            {%- for column in by %}
            {{ column }},
            {%- endfor %}
            {{ 'cast(' ~ figure ~ ' as double)' if declared.expected else 'sum(cast(' ~ figure ~ ' as double))' }} as actual
        from {{ declared_relation(declared.name, declared.of, relations) }}
        {{ 'group by ' ~ by | join(', ') if by }}
    ) as totals
    {{ 'left' if declared.only == 'totals' else 'full outer' }} join (
        select
            {%- for column in by %}
            {{ column }},
            {%- endfor %}
            {%- if declared.expected %}
            cast({{ declared.expected }} as double) as expected,
            abs(cast({{ declared.expected }} as double)) as size_added,
            1 as figures_added
            {%- else %}
            case when {{ counts | join(' + ') }} > 0 then {{ added | join(' + ') }} end as expected,
            {{ sizes | join(' + ') }} as size_added,
            {{ counts | join(' + ') }} as figures_added
            {%- endif %}
        from {{ declared_relation(declared.name, declared.from or declared.of, relations) }}
        {{ 'group by ' ~ by | join(', ') if by }}
    ) as parts
        on
            {%- for column in by %}
            {% if not loop.first %}and {% endif %}totals.{{ column }} = parts.{{ column }}
            {%- else %} true
            {%- endfor %}
{%- endmacro %}


{% macro declared_relation(who, name, relations) -%}
{%- for relation in relations if relation.identifier == name -%}
    {{ return(relation) }}
{%- endfor -%}
{{ exceptions.raise_compiler_error('Reconciliation ' ~ who ~ ' names ' ~ name ~ ', which its model does not.') }}
{%- endmacro %}


{# Why a mart shows no decomposition: the words of its reason. #}
{% macro not_adding_up() -%}
{{ return('its parts do not add up, as the mart reconciliations says') }}
{%- endmacro %}
