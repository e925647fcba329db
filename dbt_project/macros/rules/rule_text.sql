{# SQL or a sentence of the catalogue with its field, thresholds and terms filled in. #}
{% macro rule_sql(condition, field, names) -%}
{%- set filled = namespace(sql=condition | replace('{field}', field or '')) -%}
{%- for name, value in names.items() -%}
    {%- set filled.sql = filled.sql | replace('{' ~ name ~ '}', value) -%}
    {%- if value is number -%}
        {%- set filled.sql = filled.sql | replace('{' ~ name ~ ':,}', '{:,}'.format(value)) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(filled.sql) }}
{%- endmacro %}


{#
    A sentence of the catalogue as SQL. Its places: `{column}` as it stands, `{column:,}` a number as people write
    it (1,234.5), `{column:date}` a date as people write it (31 March 2026); a column may be any expression, `value`
    is the figure in question and `{label}` is filled in later, since only the landed fields know their labels.
    A place that is null makes the whole text null, unless `otherwise` says what stands there instead.
#}
{% macro rule_text(sentence, field, value, names, otherwise=none) -%}
{%- set text = dbt.type_string() -%}
{%- if not sentence -%}
    {{ return('cast(null as ' ~ text ~ ')') }}
{%- endif -%}
{%- set pieces = [] -%}
{%- for part in rule_sql(sentence, field, names).split('{') -%}
    {%- if loop.first -%}
        {%- if part -%}{%- do pieces.append(sql_text(part)) -%}{%- endif -%}
    {%- else -%}
        {%- set place, _, rest = part.partition('}') -%}
        {%- set said = place.rpartition(':') if ':' in place else (place, '', '') -%}
        {%- set expression = (value or 'cast(null as ' ~ text ~ ')') if said[0] == 'value' else said[0] -%}
        {%- if place == 'label' -%}
            {%- set spoken = sql_text('{label}') -%}
        {%- elif said[2] == ',' -%}
            {%- set spoken = spoken_number(expression) -%}
        {%- elif said[2] == 'date' -%}
            {%- set spoken = spoken_date(expression) -%}
        {%- else -%}
            {%- set spoken = 'cast(' ~ expression ~ ' as ' ~ text ~ ')' -%}
        {%- endif -%}
        {%- do pieces.append('coalesce(' ~ spoken ~ ', ' ~ sql_text(otherwise) ~ ')' if otherwise else spoken) -%}
        {%- if rest -%}{%- do pieces.append(sql_text(rest)) -%}{%- endif -%}
    {%- endif -%}
{%- endfor -%}
{{ return(pieces | join(' || ')) }}
{%- endmacro %}


{# A ratio as people write it: 0.164 is 16.4%. #}
{% macro spoken_percent(expression) -%}
{{ spoken_number('round(1000 * (' ~ expression ~ ')) / 10') }} || '%'
{%- endmacro %}
