-- One row per cluster, or place that would become one, and criterion of entry.
with

clusters as (

    select
        cluster_id,
        cluster_name
    from {{ source('programme', 'clusters') }}

),

assessments as (

    -- the latest judgement by each criterion counts
    select *
    from {{ source('register', 'assessments') }}
    qualify row_number() over (
        partition by cluster_id, criterion order by assessed_on desc nulls last, verdict asc, evidence asc
    ) = 1

),

places as (

    select
        cluster_id,
        cluster_name,
        'in the programme' as standing
    from clusters
    union all
    select
        assessments.cluster_id,
        max(assessments.cluster_name) as cluster_name,
        'proposed' as standing
    from assessments
    left join clusters on assessments.cluster_id = clusters.cluster_id
    where clusters.cluster_id is null and assessments.cluster_id is not null
    group by assessments.cluster_id

),

criteria as (
    {% for group, criterion in entry_criteria() %}
    select
        '{{ group }}' as criterion_group,
        '{{ criterion }}' as criterion
    {%- if not loop.last %}
    union all
    {%- endif %}
    {% endfor %}
),

enrolled as (

    select
        cluster_id,
        enrolled_organisations
    from {{ ref('outputs_by_cluster') }}
    qualify row_number() over (partition by cluster_id order by reporting_year desc) = 1

),

judged as (

    select
        places.cluster_id,
        places.cluster_name,
        places.standing,
        criteria.criterion_group,
        criteria.criterion,
        criteria.criterion_group = 'organisations' as is_count,
        assessments.verdict,
        assessments.number,
        case when criteria.criterion_group = 'organisations' then enrolled.enrolled_organisations end as enrolled,
        assessments.evidence,
        assessments.assessed_on
    from places
    cross join criteria
    left join assessments
        on
            places.cluster_id = assessments.cluster_id
            and criteria.criterion = assessments.criterion
    left join enrolled on places.cluster_id = enrolled.cluster_id

)

select
    cluster_id,
    cluster_name,
    standing,
    criterion_group,
    criterion,
    case when is_count then {{ var('least_to_qualify') }} end as least,
    coalesce(number, enrolled) as counted,
    case
        when is_count and coalesce(number, enrolled) >= {{ var('least_to_qualify') }} then 'met'
        when is_count and coalesce(number, enrolled) is not null then 'not met'
        else coalesce(verdict, 'not assessed')
    end as verdict,
    case
        when coalesce(number, enrolled) is null and verdict is null then 'no judgement is recorded'
    end as verdict_reason,
    case
        when evidence is not null then evidence
        when number is null and enrolled is not null then 'organisations enrolled so far'
    end as evidence,
    assessed_on
from judged
