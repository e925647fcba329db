-- One grant, investment or gift in kind to the cluster. Of the returns that count.
with

landed as (

    select * from {{ source('landed', 'funding') }}

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
    landed.funder,
    landed.kind,
    landed.status,

    -- dates
    landed.decided_on,

    -- money
    landed.amount_gbp
from landed
inner join counting on landed.receipt_id = counting.receipt_id
