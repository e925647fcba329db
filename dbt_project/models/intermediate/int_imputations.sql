-- One row per cluster, organisation, reporting year and figure that is due, was not sent, and can be estimated.
with

responses as (

    -- of a return that came: who is in it with blanks, refused, or should be in it
    select
        cluster_id,
        cluster_name,
        organisation_id,
        organisation_name,
        reporting_year
    from {{ ref('response_by_organisation') }}
    where response in ('partial', 'refused', 'no answer') and receipt_id is not null

),

given as (

    -- a figure that does not apply, or that the form did not ask for, is not missing
    {%- for field, figure in imputed_figures().items() %}
    select
        cluster_id,
        organisation_id,
        reporting_year,
        '{{ field }}' as field
    from {{ ref('int_organisation_years') }}
    where {{ field }} is not null or {{ field }}_missing in ('not asked', 'not applicable')
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

fields as (

    select
        field,
        least,
        most
    from {{ source('landed', 'fields') }}
    where table_name = 'organisations'

)

select
    responses.cluster_id,
    responses.cluster_name,
    responses.organisation_id,
    responses.organisation_name,
    responses.reporting_year,
    candidates.field,
    candidates.kpi,
    candidates.method,
    candidates.based_on_year,
    candidates.based_on_figure,
    candidates.peer_group,
    candidates.pairs,
    candidates.ratio,
    candidates.imputed_figure
from responses
inner join {{ ref('int_imputation_candidates') }} as candidates
    on
        responses.cluster_id = candidates.cluster_id
        and responses.organisation_id = candidates.organisation_id
        and responses.reporting_year = candidates.reporting_year
left join given
    on
        responses.cluster_id = given.cluster_id
        and responses.organisation_id = given.organisation_id
        and responses.reporting_year = given.reporting_year
        and candidates.field = given.field
left join fields on candidates.field = fields.field
where
    given.field is null
    -- what no sender could have sent is no estimate
    and candidates.imputed_figure between fields.least and fields.most
qualify row_number() over (
    partition by responses.cluster_id, responses.organisation_id, responses.reporting_year, candidates.field
    order by
        case candidates.method
            {%- for method in imputation_methods() %}
            when '{{ method }}' then {{ loop.index }}
            {%- endfor %}
        end
) = 1
