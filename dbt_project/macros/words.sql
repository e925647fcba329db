{# A name for comparing: lower case, only letters and digits, single spaces; & is "and". #}
{% macro plain_name(column) -%}
trim({{ replace_all("replace(lower(" ~ column ~ "), '&', ' and ')", '[^a-z0-9]+', ' ') }})
{%- endmacro %}


{# Every match of a pattern replaced. DuckDB replaces only the first one unless it is told otherwise. #}
{% macro replace_all(expression, pattern, by) -%}
{{ return(adapter.dispatch('replace_all')(expression, pattern, by)) }}
{%- endmacro %}

{% macro default__replace_all(expression, pattern, by) -%}
regexp_replace({{ expression }}, '{{ pattern }}', '{{ by }}')
{%- endmacro %}

{% macro duckdb__replace_all(expression, pattern, by) -%}
regexp_replace({{ expression }}, '{{ pattern }}', '{{ by }}', 'g')
{%- endmacro %}


{#
    Share of the shorter name's different words that the other name has too, from 0 to 1. What registers add or leave
    out ("limited", "the") does not count. The two engines have other names for the same functions over arrays.
#}
{% macro shared_words_ratio(one, other) -%}
{{ return(adapter.dispatch('shared_words_ratio')(telling_words(one), telling_words(other))) }}
{%- endmacro %}

{% macro default__shared_words_ratio(one, other) -%}
size(array_intersect(split({{ one }}, ' '), split({{ other }}, ' ')))
/ least(size(array_distinct(split({{ one }}, ' '))), size(array_distinct(split({{ other }}, ' '))))
{%- endmacro %}

{% macro duckdb__shared_words_ratio(one, other) -%}
len(list_intersect(string_split({{ one }}, ' '), string_split({{ other }}, ' ')))
/ least(len(list_distinct(string_split({{ one }}, ' '))), len(list_distinct(string_split({{ other }}, ' '))))
{%- endmacro %}

{% macro telling_words(column) -%}
{%- set words = namespace(sql="' ' || " ~ plain_name(column) ~ " || ' '") -%}
{%- for word in ['limited', 'ltd', 'the', 'cic', 'cio', 'plc'] -%}
    {%- set words.sql = "replace(" ~ words.sql ~ ", ' " ~ word ~ " ', ' ')" -%}
{%- endfor -%}
trim({{ words.sql }})
{%- endmacro %}
