{# The live rules of the catalogue, by code; none while parsing, when they cannot be read. #}
{% macro live_rules() -%}
{%- set found = {} -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- for rule in (node.config.meta or {}).get('rules', []) if rule.status == 'live' -%}
            {%- do found.update({rule.code: rule}) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
{{ return(found) }}
{%- endmacro %}
