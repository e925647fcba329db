-- One row per cluster, reporting year, activity and calendar year whose factor its quantities need.
select
    emissions.cluster_id,
    max(organisation_years.cluster_name) as cluster_name,
    emissions.reporting_year,
    max(organisation_years.receipt_id) as receipt_id,
    emissions.activity,
    emissions.factor_year,
    count(*) as organisations,
    bool_and(emissions.kgco2e_per_unit is not null) as has_factor
from {{ ref('int_emissions') }} as emissions
inner join {{ ref('int_organisation_years') }} as organisation_years
    on
        emissions.cluster_id = organisation_years.cluster_id
        and emissions.organisation_id = organisation_years.organisation_id
        and emissions.reporting_year = organisation_years.reporting_year
group by emissions.cluster_id, emissions.reporting_year, emissions.activity, emissions.factor_year
