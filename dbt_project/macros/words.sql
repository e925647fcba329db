{# A name for comparing: lower case, only letters and digits, single spaces; & is "and". #}
{% macro plain_name(column) -%}
trim({{ replace_all("replace(lower(" ~ column ~ "), '&', ' and ')", '[^a-z0-9]+', ' ') }})
{%- endmacro %}


{#
    Share of the shorter name's different words that the other name has too, from 0 to 1. What registers add or leave
    out ("limited", "the") does not count.
#}
{% macro shared_words_ratio(one, other) -%}
{{ shared_share(telling_words(one), telling_words(other)) }}
{%- endmacro %}

{% macro telling_words(column) -%}
{%- set words = namespace(sql="' ' || " ~ plain_name(column) ~ " || ' '") -%}
{%- for word in ['limited', 'ltd', 'the', 'cic', 'cio', 'plc'] -%}
    {%- set words.sql = "replace(" ~ words.sql ~ ", ' " ~ word ~ " ', ' ')" -%}
{%- endfor -%}
trim({{ words.sql }})
{%- endmacro %}
