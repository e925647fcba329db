{#
    A sum to some decimals, six unless told, that is the same in whatever order its parts are added: of doubles, the
    last digit depends on the order, and a half may then be rounded up in one night and down in the next. Parts count
    to nine decimals.
#}
{% macro exact_sum(parts, condition=none, decimals=6) -%}
{%- set kept = ' filter (where ' ~ condition ~ ')' if condition else '' -%}
cast(round(sum(cast({{ parts }} as decimal(38, 9))){{ kept }}, {{ decimals }}) as double)
{%- endmacro %}
