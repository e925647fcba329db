-- One row per cluster of the programme.
select
    cluster_id,
    cluster_name,
    local_authority,
    local_authority_code,
    lead_agency,
    started_on,
    ended_on,
    funding_type
from {{ source('programme', 'clusters') }}
