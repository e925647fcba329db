-- One row per enrolment of an organisation in a cluster, as WMCA's register has it.
with

enrolments as (

    select
        *,
        {{ identity_id_of_row() }} as identity_id
    from {{ source('register', 'enrolments') }}

),

identities as (

    select * from {{ ref('int_organisation_identities') }}

)

select
    enrolments.cluster_id,
    identities.organisation_id,
    enrolments.organisation_name,
    enrolments.enrolled_on,
    enrolments.left_on
from enrolments
inner join identities on enrolments.identity_id = identities.identity_id
