{#
    A generic test: each figure of a mart by cluster is the sum over its organisations, or not known in both. A figure of
    pounds may differ by the rounding of its parts: a penny.
#}
{% test sums_agree(model, by_organisation, columns) %}
with

summed as (

    select
        cluster_id,
        reporting_year,
        count(*) as organisations
        {%- for column in columns %},
        sum({{ column }}) as {{ column }}
        {%- endfor %}
    from {{ by_organisation }}
    group by cluster_id, reporting_year

)

select
    summed.cluster_id,
    summed.reporting_year
from summed
full outer join {{ model }} as by_cluster
    on
        summed.cluster_id = by_cluster.cluster_id
        and summed.reporting_year = by_cluster.reporting_year
where
    summed.organisations is distinct from by_cluster.organisations
    {%- for column in columns %}
    or (summed.{{ column }} is null) <> (by_cluster.{{ column }} is null)
    or abs(summed.{{ column }} - by_cluster.{{ column }}) > 0.01
    {%- endfor %}
{% endtest %}
