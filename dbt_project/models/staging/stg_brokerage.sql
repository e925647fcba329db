-- One opportunity introduced by the cluster. Of the returns that count.
with

landed as (

    select * from {{ source('landed', 'brokerage') }}

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
    landed.opportunity,
    landed.buyer,
    landed.buyer_sector,
    landed.stage,
    landed.organisations,

    -- dates
    landed.introduced_on,

    -- money
    landed.value_gbp
from landed
inner join counting on landed.receipt_id = counting.receipt_id
