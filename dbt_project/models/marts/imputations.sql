-- One row per cluster, organisation, reporting year and figure that is due, was not sent, and is estimated.
with

fields as (

    select
        field,
        label
    from {{ source('landed', 'fields') }}
    where table_name = 'organisations'

)

select
    imputations.cluster_id,
    imputations.cluster_name,
    imputations.organisation_id,
    imputations.organisation_name,
    imputations.reporting_year,
    imputations.field,
    fields.label,
    imputations.kpi,
    imputations.method,
    imputations.based_on_year,
    {{ rounded('imputations.based_on_figure', 2) }} as based_on_figure,
    imputations.peer_group,
    imputations.pairs,
    {{ rounded('imputations.ratio', 6) }} as ratio,
    {{ rounded('imputations.imputed_figure', 2) }} as imputed_figure
from {{ ref('int_imputations') }} as imputations
inner join fields on imputations.field = fields.field
