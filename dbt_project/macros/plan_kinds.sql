{# The building blocks of an action plan (business case 4). #}
{% macro building_blocks() -%}
{{ return([
    'development plan', 'identity', 'support', 'hub', 'market access', 'strategic links', 'monitoring',
]) }}
{%- endmacro %}


{# The criteria by which a place may become a cluster (business case 2.3), each with its group. #}
{% macro entry_criteria() -%}
{{ return([
    ('organisations', 'organisations keen to grow'),
    ('support', 'dedicated business support'),
    ('lead organisation', 'capacity'),
    ('lead organisation', 'commitment'),
    ('lead organisation', 'premises'),
    ('lead organisation', 'income generation'),
    ('lead organisation', 'capacity building'),
    ('lead organisation', 'community influence'),
    ('market', 'specific market opportunities'),
    ('local stakeholders', 'social enterprises'),
    ('local stakeholders', 'local authority'),
    ('local stakeholders', 'university'),
    ('local stakeholders', 'local enterprise partnership'),
    ('local stakeholders', 'private sector'),
    ('local stakeholders', 'residents'),
    ('local stakeholders', 'finance'),
    ('local stakeholders', 'commissioners'),
]) }}
{%- endmacro %}
