{#
    The name of a part of a total: the accepted part of turnover_gbp is turnover_accepted_gbp, its excluded part is
    turnover_excluded_gbp. publishing/totals.py says the same for Python.
#}
{% macro part_of_total(figure, part) -%}
{{ return((figure[:-4] ~ '_' ~ part ~ '_gbp') if figure.endswith('_gbp') else (figure ~ '_' ~ part)) }}
{%- endmacro %}


{#
    A total as sent and its two parts: what is accepted, and what is excluded until an error is settled (0 where nothing
    is). `is_excluded` is the condition under which a row is excluded.
#}
{% macro totals_of(figure, places, is_excluded='is_held_back') -%}
{{ rounded('sum(' ~ figure ~ ') filter (where not ' ~ is_excluded ~ ')', places) }}
            as {{ part_of_total(figure, 'accepted') }},
        {{ rounded('coalesce(sum(' ~ figure ~ ') filter (where ' ~ is_excluded ~ '), 0)', places) }}
            as {{ part_of_total(figure, 'excluded') }},
        {{ rounded('sum(' ~ figure ~ ')', places) }} as {{ figure }}
{%- endmacro %}


{# The three columns of a total of a table, in the order of the marts; the first part of a name ends with a point. #}
{% macro total_columns(figure, table='') -%}
{{ table }}{{ part_of_total(figure, 'accepted') }},
        {{ table }}{{ part_of_total(figure, 'excluded') }},
        {{ table }}{{ figure }}
{%- endmacro %}
