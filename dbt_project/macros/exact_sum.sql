{#
    A sum to six decimals that is the same in whatever order its parts are added: of doubles, the last digit depends on
    the order, and a half may then be rounded up in one night and down in the next. The parts have nine decimals.
#}
{% macro exact_sum(parts, condition=none) -%}
cast(round(sum(cast({{ parts }} as decimal(38, 9))) {%- if condition %} filter (where {{ condition }}){% endif %}, 6) as double)
{%- endmacro %}
