-- One row per referral of a return that counts, with the organisation that was referred.
with

referrals as (

    select
        *,
        {{ plain_name('organisation') }} as plain_reference
    from {{ ref('stg_referrals') }}

),

known as (

    select * from {{ ref('int_organisation_references') }}

)

select
    referrals.receipt_id,
    referrals.cluster_id,
    referrals.reporting_year,
    referrals.sheet,
    referrals.row_number,
    known.organisation_id,
    referrals.organisation,
    referrals.scheme,
    referrals.outcome,
    referrals.referred_on
from referrals
left join known
    on
        referrals.receipt_id = known.receipt_id
        and referrals.plain_reference = known.reference
