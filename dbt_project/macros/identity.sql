{# Shapes of registration numbers, from the org-id.guide register. #}
{% macro charity_number_shape() -%}
{{ return('^([1-9][0-9]{5,6}(-[0-9]{1,3})?|SC0[0-9]{5}|(NIC)?1[0-9]{5})$') }}
{%- endmacro %}

{% macro company_number_shape() -%}
{{ return('^([0-9]{8}|[A-Z]{2}[0-9]{6}|R[0-9]{7})$') }}
{%- endmacro %}

{% macro mutual_number_shape() -%}
{{ return('^(IP|RS|SP)?[0-9]{1,6}[A-Z]{0,2}$') }}
{%- endmacro %}


{# The key of a way in which an organisation is named. #}
{% macro identity_id(plain_name, postcode, charity_number, company_number, mutual_number) -%}
md5(
    {{ plain_name }} || '|' || {{ postcode }} || '|' || coalesce({{ charity_number }}, '')
    || '|' || coalesce({{ company_number }}, '') || '|' || coalesce({{ mutual_number }}, '')
)
{%- endmacro %}


{# The same key for a row of a return or of the register, with numbers of the wrong shape left out. #}
{% macro identity_id_of_row() -%}
{{ identity_id(
    "coalesce(" ~ plain_name('organisation_name') ~ ", '')",
    "coalesce(postcode, '')",
    "case when " ~ text_matches('charity_number', charity_number_shape()) ~ " then charity_number end",
    "case when " ~ text_matches('company_number', company_number_shape()) ~ " then company_number end",
    "case when " ~ text_matches('mutual_number', mutual_number_shape()) ~ " then mutual_number end",
) }}
{%- endmacro %}
