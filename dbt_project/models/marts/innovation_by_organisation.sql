-- One row per cluster, organisation and reporting year.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

held_back as (

    select * from {{ ref('int_held_back') }}
    where kpi = 'innovation'

)

select
    organisation_years.cluster_id,
    organisation_years.cluster_name,
    organisation_years.organisation_id,
    organisation_years.organisation_name,
    organisation_years.reporting_year,
    organisation_years.answered,
    held_back.cluster_id is not null as is_held_back,
    organisation_years.new_products,
    organisation_years.new_products_missing as new_products_missing_reason,
    flags.new_products_flag,
    case when organisation_years.new_products > 0 then organisation_years.new_products_note is not null end
        as new_products_described,
    organisation_years.new_markets,
    organisation_years.new_markets_missing as new_markets_missing_reason,
    flags.new_markets_flag,
    case when organisation_years.new_markets > 0 then organisation_years.new_markets_note is not null end
        as new_markets_described,
    {%- for kind, words in market_kinds().items() %}
    {{ note_mentions('organisation_years.new_markets_note', words) }} as note_mentions_{{ kind }},
    {%- endfor %}
    organisation_years.receipt_id
from organisation_years
left join {{ ref('int_figure_flags') }} as flags
    on
        organisation_years.cluster_id = flags.cluster_id
        and organisation_years.organisation_id = flags.organisation_id
        and organisation_years.reporting_year = flags.reporting_year
left join held_back
    on
        organisation_years.cluster_id = held_back.cluster_id
        and organisation_years.organisation_id = held_back.organisation_id
        and organisation_years.reporting_year = held_back.reporting_year
