-- One row per cluster, organisation, reporting year and activity with a quantity in it and in the year before.
with

emissions as (

    select * from {{ ref('int_emissions') }}

)

select
    this.cluster_id,
    this.organisation_id,
    this.reporting_year,
    this.activity,
    last.tco2e as previous_tco2e,
    this.tco2e - last.tco2e as tco2e_change,
    -- each effect at the mean of the other's two years, so that both together are the change
    {{ rounded(
        '(this.quantity - last.quantity) * (this.kgco2e_per_unit + last.kgco2e_per_unit) / 2 / 1000', 9
    ) }} as activity_effect_tco2e,
    {{ rounded(
        '(this.kgco2e_per_unit - last.kgco2e_per_unit) * (this.quantity + last.quantity) / 2 / 1000', 9
    ) }} as factor_effect_tco2e
from emissions as this
inner join emissions as last
    on
        this.cluster_id = last.cluster_id
        and this.organisation_id = last.organisation_id
        and {{ year_before('this.reporting_year') }} = last.reporting_year
        and this.activity = last.activity
