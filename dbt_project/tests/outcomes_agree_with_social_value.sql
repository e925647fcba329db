-- People by kind of outcome are those of the columns of social_value_by_cluster.
with

by_kind as (

    select * from {{ ref('social_value_outcomes_by_cluster') }}

),

columns_of as (
    {% for column, code in outcome_types().items() %}
    select
        cluster_id,
        reporting_year,
        '{{ code }}' as outcome_type,
        outcome_{{ column }}_people as people
    from {{ ref('social_value_by_cluster') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
)

select
    columns_of.cluster_id,
    columns_of.reporting_year,
    columns_of.outcome_type
from columns_of
left join by_kind
    on
        columns_of.cluster_id = by_kind.cluster_id
        and columns_of.reporting_year = by_kind.reporting_year
        and columns_of.outcome_type = by_kind.outcome_type
where columns_of.people is distinct from by_kind.people
