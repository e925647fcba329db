-- The front page of one receipt. Of the returns that count.
with

landed as (

    select * from {{ source('landed', 'cover') }}

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
    landed.cluster_stated,
    landed.reporting_year_stated,
    landed.lead_organisation,
    landed.signed_off_by_role,

    -- dates
    landed.signed_off_on,

    -- money
    landed.grant_received_gbp,
    landed.coordination_spend_gbp,
    landed.operational_spend_gbp,

    -- numbers
    landed.form_version,

    -- why there is no sign-off
    landed.signed_off_on_missing
from landed
inner join counting on landed.receipt_id = counting.receipt_id
