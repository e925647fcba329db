{# The last select of a mart by cluster: its `figures`, and how sure they are. #}
{% macro with_confidence(kpi) -%}
select
    figures.*,
    confidence.answers_due,
    confidence.answers_received,
    confidence.answers_held_back,
    confidence.answers_imputed,
    confidence.answered_turnover_share,
    confidence.alerts_open,
    confidence.confidence,
    confidence.confidence_reason
from figures
left join {{ ref('int_confidence') }} as confidence
    on
        figures.cluster_id = confidence.cluster_id
        and figures.reporting_year = confidence.reporting_year
        and confidence.kpi = '{{ kpi }}'
{%- endmacro %}
