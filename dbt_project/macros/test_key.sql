{#
    A generic test: these columns are a key. Each is filled, and no two rows share their values. Those in `or_empty` may
    be empty, and an empty one is a value like any other.
#}
{% test key(model, columns, or_empty=[]) %}
{%- set filled = columns | reject('in', or_empty) | list %}
select
    {{ columns | join(', ') }},
    count(*) as rows_found
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 or {{ filled | join(' is null or ') }} is null
{% endtest %}
