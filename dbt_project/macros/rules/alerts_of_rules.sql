{#
    The body of a family of alerts: runs every rule that stands under `config.meta.rules` of the model. A rule in the
    shadow, or one that does not hold yet on the day as of which the night counts, runs too, and its alerts say so.

    relations: the relations that the family's rules look at; a rule names one of them by its last name.

    A rule's `cases` share what the rule says and differ in what they say themselves. Each case, and each of its
    fields, becomes one select; the selects are put together by `union all`. The rules can only be read when dbt
    executes, so the model names its relations itself, and dbt knows them while parsing. `quiet_where` names rules of
    any family; int_alerts drops an alert where one of them fires about the same figure. `quiet_in_row` does so where one
    of them fires about the organisation in that year, whatever the figure.
#}
{% macro alerts_of_rules(relations) -%}
{%- set fields = source('landed', 'fields') -%}
{%- if not execute -%}
select 1 as parsed
{%- else -%}
{%- set rules = config.meta_get('rules') -%}
{%- set selects = [] -%}
{%- for rule in rules if rule.status in ('live', 'shadow') -%}
    {%- set names = rule_names(rule) -%}
    {%- for case in rule.cases or [{}] -%}
        {%- set told = dict(rule, **case) -%}
        {%- for field in told.fields or [told.field] -%}
            {%- do selects.append(alerts_of_case(told, field, names, relations, rules)) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
with

fields as (

    select
        table_name,
        field,
        label,
        kpi
    from {{ fields }}

),

fired as (

    {{ selects | join('\n\n    union all\n\n    ') }}

)

select
    fired.rule_code,
    fired.rule_title,
    fired.is_shadow,
    fired.severity,
    fired.level,
    fired.dimension,
    fired.mend,
    (
        fired.severity in ('reject', 'error')
        and fired.organisation_id is not null
        and coalesce(fired.holds_back, fields.kpi is not null)
    ) as holds_back,
    fired.cluster_id,
    fired.cluster_name,
    fired.organisation_id,
    fired.organisation_name,
    fired.reporting_year,
    fired.table_name,
    fired.field,
    coalesce(fired.label, fields.label) as label,
    fields.kpi,
    fired.observed,
    fired.value,
    fired.expected,
    fired.expected_low,
    fired.expected_high,
    replace(fired.message, '{label}', coalesce(fired.label, fields.label, fired.field, 'This answer')) as message,
    replace(fired.ask, '{label}', coalesce(fired.label, fields.label, fired.field, 'this answer')) as ask,
    fired.receipt_id,
    fired.sheet,
    fired.row_number,
    fired.cell,
    fired.quiet_where,
    fired.quiet_in_row
from fired
left join fields
    on
        fired.table_name = fields.table_name
        and fired.field = fields.field
{%- endif -%}
{%- endmacro %}


{#
    One select: the rows of one relation at which one case of a rule fires for one field (or for the row, without one).
#}
{% macro alerts_of_case(told, field, names, relations, rules) -%}
{%- set relation = rule_relation(told, relations) -%}
{%- set subject = rule_subject(told.over) -%}
{%- set text = dbt.type_string() -%}
{%- set value = subject.value or field -%}
{%- set is_figure = value and told.over != 'int_findings' -%}
-- {{ told.code }}
    select
        {{ sql_text(told.code) }} as rule_code,
        {{ sql_text(told.title) }} as rule_title,
        {{ 'true' if told.status == 'shadow' or var('as_of') < (told.holds_from or '') else 'false' }} as is_shadow,
        {% if told.error_when -%}
        case when {{ rule_sql(told.error_when, field, names) }} then 'error' else {{ sql_text(told.severity) }} end
        {%- else -%}
        {{ sql_text(told.severity) }}
        {%- endif %} as severity,
        {{ sql_text(told.level) }} as level,
        {{ sql_text(told.dimension) }} as dimension,
        {{ sql_text(told.mend) }} as mend,
        {{ told.holds_back | lower if told.holds_back is defined else 'cast(null as boolean)' }} as holds_back,
        cluster_id,
        cluster_name,
        {{ subject.organisation_id }} as organisation_id,
        {{ subject.organisation_name }} as organisation_name,
        reporting_year,
        {{ subject.table_name }} as table_name,
        {{ 'field' if subject.has_field else (sql_text(field) if field else 'cast(null as ' ~ text ~ ')') }} as field,
        {{ subject.label }} as label,
        {{ rule_text(told.observed or '{value}', field, value, names) }} as observed,
        {{ 'try_cast(cast(' ~ value ~ ' as ' ~ text ~ ') as double)' if is_figure else 'cast(null as double)' }} as value,
        {{ sql_text(',' ~ (told.quiet_where or []) | join(',') ~ ',') }} as quiet_where,
        {{ sql_text(',' ~ (told.quiet_in_row or []) | join(',') ~ ',') }} as quiet_in_row,
        {{ rule_text(told.expected, field, value, names) }} as expected,
        {{ rule_number(told.low, field, names) }} as expected_low,
        {{ rule_number(told.high, field, names) }} as expected_high,
        {{ rule_text(told.say, field, value, names, 'not known') }} as message,
        {{ rule_text(told.ask, field, value, names, 'not known') }} as ask,
        receipt_id,
        {{ subject.sheet }} as sheet,
        {{ subject.row_number }} as row_number,
        {{ subject.cell }} as cell
    from {{ relation }}
    where
        {{ rule_condition(told, field, names, relations, rules) }}
{%- endmacro %}


{#
    The condition of a case. `shape` is a pattern that the field must have, `pattern` one that it must not have; `unless` names a rule of the same family
    that keeps this one quiet where it fires over the same relation, so that one cause makes one alert.
#}
{% macro rule_condition(told, field, names, relations, rules) -%}
{%- set conditions = [] -%}
{%- if told.when -%}
    {%- set holds = rule_sql(told.when, field, names) | trim -%}
    {#- Brackets around one word after `where` are to Spark a name of the table with one of its columns. -#}
    {%- do conditions.append(holds if holds.split() | length == 1 else '(' ~ holds ~ ')') -%}
{%- endif -%}
{%- if told.shape -%}
    {%- do conditions.append('not ' ~ text_matches(field, told.shape)) -%}
{%- endif -%}
{%- if told.pattern -%}
    {%- do conditions.append(text_matches(field, told.pattern)) -%}
{%- endif -%}
{%- if told.unless -%}
    {%- for other in rules if other.code == told.unless and other.status == 'live' -%}
        {%- for case in other.cases or [{}] -%}
            {%- set apart = dict(other, **case) -%}
            {%- if apart.over == told.over -%}
                {%- for its_field in apart.fields or [apart.field] -%}
                    {%- set fires = rule_condition(apart, its_field, rule_names(other), relations, rules) -%}
                    {%- do conditions.append('not coalesce(' ~ fires ~ ', false)') -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
{{ conditions | join('\n        and ') }}
{%- endmacro %}


{#
    Where a relation keeps what an alert says about its subject: the organisation, the landed table of the field, the
    place in the file. `value` is the column with the figure, where it is not called as the field.
#}
{% macro rule_subject(over) -%}
{%- set text = 'cast(null as ' ~ dbt.type_string() ~ ')' -%}
{%- set whole = 'cast(null as ' ~ dbt.type_int() ~ ')' -%}
{%- set subject = {
    'organisation_id': text, 'organisation_name': text, 'table_name': "'cover'", 'has_field': false,
    'label': text, 'sheet': text, 'row_number': whole, 'cell': text, 'value': none
} -%}
{%- set of_organisations = [
    'int_organisation_years', 'int_organisations_expected', 'int_organisation_links', 'int_year_pairs',
    'int_growth_effects', 'int_silences', 'int_baseline_changes'
] -%}
{%- set of_rows = [
    'int_findings', 'int_organisation_years', 'int_organisation_links', 'int_year_pairs', 'int_growth_effects',
    'int_return_totals', 'int_referral_history', 'int_brokerage'
] -%}
{%- if over in of_organisations + ['int_findings', 'int_referral_history'] -%}
    {%- do subject.update({'organisation_id': 'organisation_id', 'organisation_name': 'organisation_name'}) -%}
{%- endif -%}
{%- if over in of_organisations -%}
    {%- do subject.update({'table_name': "'organisations'"}) -%}
{%- endif -%}
{%- if over in of_rows -%}
    {%- do subject.update({'sheet': 'sheet', 'row_number': 'row_number'}) -%}
{%- endif -%}
{%- if over == 'int_findings' -%}
    {%- do subject.update(
        {'table_name': 'table_name', 'has_field': true, 'label': 'label', 'cell': 'cell', 'value': 'typed'}
    ) -%}
{%- elif over == 'int_growth_effects' -%}
    {%- do subject.update({'value': 'this_value'}) -%}
{%- elif over == 'int_baseline_changes' -%}
    {%- do subject.update({'value': 'turnover_now_sent_gbp'}) -%}
{%- elif over == 'int_referral_history' -%}
    {%- do subject.update({'table_name': "'referrals'", 'value': 'organisation_name'}) -%}
{%- elif over == 'int_brokerage' -%}
    {%- do subject.update({'table_name': "'brokerage'"}) -%}
{%- endif -%}
{{ return(subject) }}
{%- endmacro %}


{% macro rule_relation(told, relations) -%}
{%- for relation in relations if relation.identifier == told.over -%}
    {{ return(relation) }}
{%- endfor -%}
{{ exceptions.raise_compiler_error('Rule ' ~ told.code ~ ' looks at ' ~ told.over ~ ', which its family does not name.') }}
{%- endmacro %}


{# A rule's thresholds, where the programme has not set its own in the variable `thresholds`. #}
{% macro rule_thresholds(rule) -%}
{%- set thresholds = dict(rule.thresholds or {}) -%}
{%- for name, value in (var('thresholds', {}).get(rule.code) or {}).items() -%}
    {%- if name not in thresholds -%}
        {{ exceptions.raise_compiler_error(
            'The programme sets ' ~ name ~ ' for rule ' ~ rule.code ~ ', which has '
            ~ (thresholds | join(', ') or 'no thresholds') ~ '.'
        ) }}
    {%- endif -%}
    {%- do thresholds.update({name: value}) -%}
{%- endfor -%}
{{ return(thresholds) }}
{%- endmacro %}


{# What a rule's SQL may name in braces: its thresholds, and its terms, which are pieces of SQL with a name. #}
{% macro rule_names(rule) -%}
{%- set names = rule_thresholds(rule) -%}
{%- for name, sql in (rule.terms or {}).items() -%}
    {%- do names.update({name: '(' ~ rule_sql(sql, none, rule_thresholds(rule)) ~ ')'}) -%}
{%- endfor -%}
{{ return(names) }}
{%- endmacro %}


{# The SQL of a number that a rule states. #}
{% macro rule_number(sql, field, names) -%}
{%- if sql is none or sql is not defined -%}
cast(null as double)
{%- else -%}
cast({{ rule_sql(sql | string, field, names) }} as double)
{%- endif -%}
{%- endmacro %}
