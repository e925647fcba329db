{# Whether a ratio is that of pounds to thousands of pounds, either way: 350 to 1,350, as ONS has it. #}
{% macro thousand_times_off(ratio) -%}
({{ ratio }} between 350 and 1350 or {{ ratio }} between 1.0 / 1350 and 1.0 / 350)
{%- endmacro %}
