-- One piece of support given to one organisation. Of the returns that count.
with

landed as (

    select * from {{ source('landed', 'support') }}

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
    landed.organisation,
    landed.intervention,

    -- dates
    landed.started_on,

    -- numbers
    landed.support_hours
from landed
inner join counting on landed.receipt_id = counting.receipt_id
