{#
    The last select of a mart by cluster: its `figures` and their quality rating. Where a total is not the sum of the
    rows of `by_organisation`, it is low.
#}
{% macro with_quality_rating(kpi) -%}
{%- set agree = [] -%}
{%- for column in totals_of_organisations()[kpi] -%}
    {%- set tolerance = sum_tolerance(0.01, 'parts.organisations', 'parts.' ~ column ~ '_size') -%}
    {%- do agree.append(
        '(figures.' ~ column ~ ' is null) = (parts.' ~ column ~ ' is null)'
        ~ ' and coalesce(abs(figures.' ~ column ~ ' - parts.' ~ column ~ ') <= ' ~ tolerance ~ ', true)'
    ) -%}
{%- endfor -%}
select
    figures.*,
    rating.answers_due,
    rating.answers_received,
    rating.answers_held_back,
    rating.answers_imputed,
    rating.answered_turnover_share,
    rating.alerts_open,
    rating.quality_figure,
    rating.accepted_value_share,
    rating.excluded_value_share,
    rating.imputed_value_share,
    rating.missing_value_share,
    case when parts.adds_up then rating.quality_rating else 'low' end as quality_rating,
    case
        when parts.adds_up then rating.quality_reason
        else 'a total is not the sum of its organisations, as the mart reconciliations says'
    end as quality_reason
from figures
left join {{ ref('int_quality_ratings') }} as rating
    on
        figures.cluster_id = rating.cluster_id
        and figures.reporting_year = rating.reporting_year
        and rating.kpi = '{{ kpi }}'
left join (
    select
        figures.cluster_id,
        figures.reporting_year,
        {{ agree | join('\n        and ') }} as adds_up
    from figures
    inner join (
        select
            cluster_id,
            reporting_year,
            count(*) as organisations,
            {%- for column in totals_of_organisations()[kpi] %}
            sum({{ column }}) as {{ column }},
            coalesce(sum(abs({{ column }})), 0) as {{ column }}_size
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from by_organisation
        group by cluster_id, reporting_year
    ) as parts
        on
            figures.cluster_id = parts.cluster_id
            and figures.reporting_year = parts.reporting_year
) as parts
    on
        figures.cluster_id = parts.cluster_id
        and figures.reporting_year = parts.reporting_year
{%- endmacro %}
