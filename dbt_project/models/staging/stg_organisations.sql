-- One organisation in one receipt. Of the returns that count.
with

landed as (

    select * from {{ source('landed', 'organisations') }}

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
    landed.organisation_name,
    landed.charity_number,
    landed.company_number,
    landed.mutual_number,
    landed.unregistered,
    landed.postcode,
    landed.legal_form,
    landed.sectors,
    landed.participant_class,
    landed.stage,
    landed.response_status,
    landed.fast_track,
    landed.figures_from,
    landed.volunteer_hours_quality,
    landed.clients_basis,
    landed.new_products_note,
    landed.new_markets_note,
    landed.contract_social_value_note,
    landed.environment_themes,
    landed.environment_note,

    -- dates
    landed.joined_on,
    landed.left_on,
    landed.period_starts_on,
    landed.period_ends_on,

    -- money
    landed.total_income_gbp,
    landed.traded_income_gbp,
    landed.grants_and_donations_gbp,
    landed.other_income_gbp,
    landed.prior_year_income_gbp,
    landed.total_expenditure_gbp,
    landed.investment_received_gbp,
    landed.contract_social_value_gbp,
    landed.surplus_gbp,

    -- numbers
    landed.employees_headcount,
    landed.employees_fte,
    landed.full_time_week_hours,
    landed.volunteers,
    landed.volunteer_hours,
    landed.clients_supported,
    landed.jobs_created_headcount,
    landed.jobs_created_fte,
    landed.jobs_safeguarded_fte,
    landed.jobs_disadvantaged,
    landed.new_products,
    landed.new_markets,
    landed.electricity_kwh,
    landed.gas_kwh,
    landed.petrol_litres,
    landed.diesel_litres,
    landed.water_m3,
    landed.waste_landfill_tonnes,
    landed.waste_recycled_tonnes,
    landed.members,

    -- why there is no figure
    landed.total_income_gbp_missing,
    landed.traded_income_gbp_missing,
    landed.grants_and_donations_gbp_missing,
    landed.other_income_gbp_missing,
    landed.prior_year_income_gbp_missing,
    landed.total_expenditure_gbp_missing,
    landed.investment_received_gbp_missing,
    landed.employees_headcount_missing,
    landed.employees_fte_missing,
    landed.full_time_week_hours_missing,
    landed.volunteers_missing,
    landed.volunteer_hours_missing,
    landed.clients_supported_missing,
    landed.jobs_created_headcount_missing,
    landed.jobs_created_fte_missing,
    landed.jobs_safeguarded_fte_missing,
    landed.jobs_disadvantaged_missing,
    landed.new_products_missing,
    landed.new_markets_missing,
    landed.contract_social_value_gbp_missing,
    landed.electricity_kwh_missing,
    landed.gas_kwh_missing,
    landed.petrol_litres_missing,
    landed.diesel_litres_missing,
    landed.water_m3_missing,
    landed.waste_landfill_tonnes_missing,
    landed.waste_recycled_tonnes_missing,
    landed.members_missing,
    landed.surplus_gbp_missing,
    landed.response_status_missing
from landed
inner join counting on landed.receipt_id = counting.receipt_id
