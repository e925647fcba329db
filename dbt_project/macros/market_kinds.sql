{#
    Kinds of new market, and words by which a note points to one. The form asks for a number and a note, not for a kind:
    what is found here is what the note says, not what was answered.
#}
{% macro market_kinds() -%}
{{ return({
    'buyers': ['council', 'nhs', 'public sector', 'private sector', 'corporate', 'school', 'universit', 'housing association'],
    'places': ['town', 'city', 'region', 'borough', 'county', 'national', 'abroad', 'black country', 'west midlands'],
    'channels': ['online', 'web', 'shop', 'e-commerce', 'stall', 'wholesale', 'retail', 'delivery', 'subscription'],
}) }}
{%- endmacro %}


{# Whether a note holds one of some words. #}
{% macro note_mentions(note, words) -%}
(
        {%- for word in words %}
        coalesce(lower({{ note }}), '') like '%{{ word }}%'
        {%- if not loop.last %} or{% endif %}
        {%- endfor %}
    )
{%- endmacro %}
