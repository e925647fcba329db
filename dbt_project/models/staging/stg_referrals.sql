-- One referral of one organisation to a scheme. Of the returns that count.
with

landed as (

    select * from {{ source('landed', 'referrals') }}

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
    landed.scheme,
    landed.outcome,

    -- dates
    landed.referred_on
from landed
inner join counting on landed.receipt_id = counting.receipt_id
