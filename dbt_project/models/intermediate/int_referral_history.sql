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

),

returns as (

    select
        receipt_id,
        cluster_name
    from {{ ref('int_returns') }}
    where counts

),

registered as (

    select
        cluster_id,
        organisation_id,
        min(enrolled_on) as enrolled_on
    from {{ ref('int_enrolments') }}
    group by cluster_id, organisation_id

),

registered_clusters as (

    select distinct cluster_id from registered

),

identified as (

    select
        referrals.receipt_id,
        referrals.cluster_id,
        returns.cluster_name,
        referrals.reporting_year,
        referrals.sheet,
        referrals.row_number,
        referrals.organisation,
        known.organisation_id,
        referrals.scheme,
        referrals.outcome,
        referrals.referred_on,
        registered.enrolled_on,
        registered_clusters.cluster_id is not null as has_register
    from referrals
    inner join returns on referrals.receipt_id = returns.receipt_id
    left join known
        on
            referrals.receipt_id = known.receipt_id
            and referrals.plain_reference = known.reference
    left join registered
        on
            referrals.cluster_id = registered.cluster_id
            and known.organisation_id = registered.organisation_id
    left join registered_clusters on referrals.cluster_id = registered_clusters.cluster_id

)

select
    receipt_id,
    cluster_id,
    cluster_name,
    reporting_year,
    sheet,
    row_number,
    organisation as organisation_name,
    organisation_id,
    scheme,
    outcome,
    referred_on,
    enrolled_on,
    -- a cluster without a register knows its organisations only by their returns
    case when has_register then coalesce(enrolled_on <= referred_on, false) end as was_enrolled,
    case
        when organisation_id is not null
            then row_number() over (
                partition by organisation_id, scheme order by referred_on, cluster_id, receipt_id, sheet, row_number
            )
    end as time_referred,
    case
        when organisation_id is not null
            then first_value(cluster_name) over (
                partition by organisation_id, scheme order by referred_on, cluster_id, receipt_id, sheet, row_number
            )
    end as first_referred_by
from identified
