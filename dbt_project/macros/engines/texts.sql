{# Words as an SQL literal. In Spark a backslash begins an escape, so it has to be written twice. #}
{% macro sql_text(words) -%}
{{ return("'" ~ adapter.dispatch('between_quotes')(words | string | replace("'", "''")) ~ "'") }}
{%- endmacro %}

{% macro default__between_quotes(words) -%}
{{ return(words) }}
{%- endmacro %}

{% macro spark__between_quotes(words) -%}
{{ return(words | replace('\\', '\\\\')) }}
{%- endmacro %}


{# Whether a text has the shape of a pattern; null for null. Each engine has a name of its own for it. #}
{% macro text_matches(column, pattern) -%}
{{ return(adapter.dispatch('text_matches')(column, sql_text(pattern))) }}
{%- endmacro %}

{% macro spark__text_matches(column, pattern) -%}
({{ column }} rlike {{ pattern }})
{%- endmacro %}

{% macro duckdb__text_matches(column, pattern) -%}
regexp_matches({{ column }}, {{ pattern }})
{%- endmacro %}


{# Every match of a pattern replaced. DuckDB replaces only the first one unless it is told otherwise. #}
{% macro replace_all(expression, pattern, by) -%}
{{ return(adapter.dispatch('replace_all')(expression, sql_text(pattern), by)) }}
{%- endmacro %}

{% macro spark__replace_all(expression, pattern, by) -%}
regexp_replace({{ expression }}, {{ pattern }}, '{{ by }}')
{%- endmacro %}

{% macro duckdb__replace_all(expression, pattern, by) -%}
regexp_replace({{ expression }}, {{ pattern }}, '{{ by }}', 'g')
{%- endmacro %}


{#
    Share of the shorter of two lists of words that the other has too, from 0 to 1; words are parted by single spaces.
    The engines have other names for the same functions over lists.
#}
{% macro shared_share(one, other) -%}
{{ return(adapter.dispatch('shared_share')(one, other)) }}
{%- endmacro %}

{% macro spark__shared_share(one, other) -%}
size(array_intersect(split({{ one }}, ' '), split({{ other }}, ' ')))
/ least(size(array_distinct(split({{ one }}, ' '))), size(array_distinct(split({{ other }}, ' '))))
{%- endmacro %}

{% macro duckdb__shared_share(one, other) -%}
len(list_intersect(string_split({{ one }}, ' '), string_split({{ other }}, ' ')))
/ least(len(list_distinct(string_split({{ one }}, ' '))), len(list_distinct(string_split({{ other }}, ' '))))
{%- endmacro %}
