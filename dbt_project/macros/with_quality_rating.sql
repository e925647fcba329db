{# The last select of a mart by cluster: its `figures` and their quality rating. #}
{% macro with_quality_rating(kpi) -%}
select
    figures.*,
    rating.answers_due,
    rating.answers_received,
    rating.answers_held_back,
    rating.answers_imputed,
    rating.answered_turnover_share,
    rating.alerts_open,
    rating.quality_rating,
    rating.quality_reason
from figures
left join {{ ref('int_quality_ratings') }} as rating
    on
        figures.cluster_id = rating.cluster_id
        and figures.reporting_year = rating.reporting_year
        and rating.kpi = '{{ kpi }}'
{%- endmacro %}
