{# The first of several codes in one text, such as "E; B". #}
{% macro first_code(codes) -%}
nullif(trim(split_part({{ codes }}, ';', 1)), '')
{%- endmacro %}


{# Size by yearly income, as NCVO's Almanac bands it. An income below zero is no size. #}
{% macro size_band(income) -%}
case
            when {{ income }} is null or {{ income }} < 0 then 'no size'
            when {{ income }} < 10000 then 'micro'
            when {{ income }} < 100000 then 'small'
            when {{ income }} < 1000000 then 'medium'
            when {{ income }} < 10000000 then 'large'
            else 'major'
        end
{%- endmacro %}


{#
    The effect of Hidiroglou and Berthelot (1986): how far a ratio lies from the median ratio, the same up as down,
    weighted by the size of the unit to the power of the exponent.
#}
{% macro hb_effect(ratio, median_ratio, this, last, exponent) -%}
case
            when {{ ratio }} < {{ median_ratio }} then 1 - {{ median_ratio }} / {{ ratio }}
            else {{ ratio }} / {{ median_ratio }} - 1
        end * power(greatest({{ this }}, {{ last }}), {{ exponent }})
{%- endmacro %}


{#
    A quantile of ranked values, within a group: at place (n + 1) * share, between neighbours in proportion. This is
    the definition that Statistics Canada's banff uses; the engines' own percentiles use others.
#}
{% macro quartile_of_ranked(value, place, count, share) -%}
{%- set at = 'least(greatest((' ~ count ~ ' + 1) * ' ~ share ~ ', 1), ' ~ count ~ ')' -%}
max({{ value }}) filter (where {{ place }} = floor({{ at }}))
        + (max({{ value }}) filter (where {{ place }} = ceil({{ at }}))
        - max({{ value }}) filter (where {{ place }} = floor({{ at }})))
        * max({{ at }} - floor({{ at }}))
{%- endmacro %}


{# A threshold of a rule of the catalogue, as the programme has it; any number while parsing. #}
{% macro threshold_of(code, name) -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- for rule in (node.config.meta or {}).get('rules', []) if rule.code == code -%}
            {{ return(rule_thresholds(rule)[name]) }}
        {%- endfor -%}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error('There is no rule ' ~ code ~ ' in the catalogue.') }}
{%- endif -%}
{{ return(1) }}
{%- endmacro %}
