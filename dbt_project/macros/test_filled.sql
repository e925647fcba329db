{# A generic test: none of these columns is empty in any row. One query, where a test for each column would be many. #}
{% test filled(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where {{ columns | join(' is null or ') }} is null
{% endtest %}
