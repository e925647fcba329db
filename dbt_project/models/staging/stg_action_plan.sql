-- One action of the cluster's plan. Of the returns that count.
with

landed as (

    select * from {{ source('landed', 'action_plan') }}

),

counting as (

    select receipt_id from {{ ref('int_returns') }}
    where counts

)

select
    -- where it stands
    landed.receipt_id,
    landed.cluster_id,
    landed.reporting_year,
    landed.sheet,
    landed.row_number,

    -- who and what
    landed.action,
    landed.building_block,
    landed.progress,
    landed.note,

    -- dates
    landed.due_on
from landed
inner join counting on landed.receipt_id = counting.receipt_id
