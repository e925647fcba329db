-- One row per cluster and reporting year.
with

by_organisation as (

    select * from {{ ref('environment_by_organisation') }}

)

select
    cluster_id,
    cluster_name,
    reporting_year,
    count(*) as organisations,
    count(*) filter (where is_held_back) as held_back_organisations,
    count(*) filter (where factor_year is not null) as organisations_with_quantities,
    count(*) filter (where factor_missing) as organisations_without_factor,
    {%- for column in environment_quantities() %}
    sum({{ column }}) as {{ column }},
    {%- endfor %}
    {%- for column in ['tco2e_scope_1', 'tco2e_scope_2', 'tco2e_scope_3', 'tco2e'] %}
    case when count(*) filter (where factor_missing) = 0 then sum({{ column }}) end as {{ column }},
    {%- endfor %}
    case when count(*) filter (where factor_missing) > 0 then 'no factor for the year of some activities' end
        as tco2e_reason,
    {%- for column, code in environment_themes().items() %}
    count(*) filter (where '; ' || environment_themes || ';' like '%; {{ code }};%') as organisations_{{ column }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from by_organisation
group by cluster_id, cluster_name, reporting_year
