{# Sums of CO2e by scope and in all. Where an activity has no factor for its year, the sum is not known, not smaller. #}
{% macro tco2e_columns() -%}
    {%- for scope in [1, 2, 3] %}
        case
            when count(*) filter (where scope = {{ scope }} and tco2e is null) = 0
                then {{ exact_sum('tco2e', 'scope = ' ~ scope) }}
        end as tco2e_scope_{{ scope }},
    {%- endfor %}
        case when count(*) filter (where tco2e is null) = 0 then {{ exact_sum('tco2e') }} end as tco2e,
        bool_or(tco2e is null) as factor_missing,
        bool_and(factor_verified) as factors_verified
{%- endmacro %}
