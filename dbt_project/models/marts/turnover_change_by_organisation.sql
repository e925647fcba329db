-- One row per cluster, organisation and reporting year that has a turnover in it or in the year before.
with

organisation_years as (

    select * from {{ ref('int_organisation_years') }}

),

first_figures as (

    select * from {{ ref('int_first_figures') }}

),

held_back as (

    select * from {{ ref('int_held_back') }}
    where kpi = 'turnover'

),

expected as (

    -- who should be in a return and is not has not left
    select
        cluster_id,
        organisation_id,
        reporting_year
    from {{ ref('int_organisations_expected') }}
    where not in_return

),

counting as (

    select
        cluster_id,
        cluster_name,
        reporting_year
    from {{ ref('int_returns') }}
    where counts

),

positions as (

    select
        coalesce(organisation_years.cluster_id, first_figures.cluster_id) as cluster_id,
        coalesce(organisation_years.organisation_id, first_figures.organisation_id) as organisation_id,
        coalesce(organisation_years.reporting_year, first_figures.reporting_year) as reporting_year,
        organisation_years.organisation_name,
        organisation_years.response_status,
        organisation_years.cluster_id is not null as in_return,
        held_back.cluster_id is not null as is_held_back,
        {{ rounded('organisation_years.total_income_gbp', 2) }} as sent_gbp,
        -- where nothing earlier was accepted, the figure now sent is the first
        {{ rounded(
            'coalesce(first_figures.first_total_income_gbp, organisation_years.total_income_gbp)', 2
        ) }} as first_gbp
    from organisation_years
    full outer join first_figures
        on
            organisation_years.cluster_id = first_figures.cluster_id
            and organisation_years.organisation_id = first_figures.organisation_id
            and organisation_years.reporting_year = first_figures.reporting_year
    left join held_back
        on
            organisation_years.cluster_id = held_back.cluster_id
            and organisation_years.organisation_id = held_back.organisation_id
            and organisation_years.reporting_year = held_back.reporting_year

),

imputed as (

    select
        cluster_id,
        organisation_id,
        reporting_year,
        organisation_name,
        {{ rounded('imputed_figure', 2) }} as imputed_gbp
    from {{ ref('int_imputations') }}
    where field = 'total_income_gbp'

),

figures as (

    -- who should be in a return and is not can have an estimate
    select
        coalesce(positions.cluster_id, imputed.cluster_id) as cluster_id,
        coalesce(positions.organisation_id, imputed.organisation_id) as organisation_id,
        coalesce(positions.reporting_year, imputed.reporting_year) as reporting_year,
        coalesce(positions.organisation_name, imputed.organisation_name) as organisation_name,
        positions.response_status,
        coalesce(positions.in_return, false) as in_return,
        coalesce(positions.is_held_back, false) as is_held_back,
        positions.sent_gbp,
        positions.first_gbp,
        imputed.imputed_gbp
    from positions
    full outer join imputed
        on
            positions.cluster_id = imputed.cluster_id
            and positions.organisation_id = imputed.organisation_id
            and positions.reporting_year = imputed.reporting_year

),

shifted as (

    -- a year as the one before the year that follows it
    select
        *,
        {{ reporting_year_from(year_start('reporting_year') ~ ' + 1') }} as following_year
    from figures

),

paired as (

    select
        counting.cluster_id,
        counting.cluster_name,
        counting.reporting_year,
        coalesce(this.organisation_id, last.organisation_id) as organisation_id,
        coalesce(this.organisation_name, last.organisation_name) as organisation_name,
        this.response_status,
        coalesce(this.in_return, false) as in_return,
        coalesce(last.in_return, false) as in_last_return,
        coalesce(this.is_held_back, false) or coalesce(last.is_held_back, false) as pair_is_held_back,
        this.sent_gbp,
        this.imputed_gbp,
        last.first_gbp as last_first_gbp,
        last.sent_gbp as last_sent_gbp,
        last.imputed_gbp as last_imputed_gbp
    from figures as this
    full outer join shifted as last
        on
            this.cluster_id = last.cluster_id
            and this.organisation_id = last.organisation_id
            and this.reporting_year = last.following_year
    inner join counting
        on
            coalesce(this.cluster_id, last.cluster_id) = counting.cluster_id
            and coalesce(this.reporting_year, last.following_year) = counting.reporting_year

),

comparable as (

    -- only years whose year before has a return too: otherwise everybody would have joined
    select paired.*
    from paired
    inner join counting as before
        on
            paired.cluster_id = before.cluster_id
            and {{ year_before('paired.reporting_year') }} = before.reporting_year
    where
        coalesce(
            paired.sent_gbp, paired.imputed_gbp, paired.last_first_gbp, paired.last_sent_gbp, paired.last_imputed_gbp
        ) is not null

),

parted as (

    select
        comparable.*,
        coalesce(comparable.last_first_gbp, comparable.last_imputed_gbp) as start_gbp,
        -- only a figure that was once sent can be corrected: an estimate in its place is no part of the correction
        case
            when comparable.last_first_gbp is null then 0
            else coalesce(comparable.last_sent_gbp, 0) - comparable.last_first_gbp
        end as correction_gbp,
        coalesce(comparable.last_sent_gbp, comparable.last_imputed_gbp) as last_gbp,
        coalesce(comparable.sent_gbp, comparable.imputed_gbp) as this_gbp,
        case
            when comparable.sent_gbp is null and comparable.imputed_gbp is not null then 'imputation'
            when comparable.last_sent_gbp is null and comparable.last_imputed_gbp is not null then 'imputation'
            when comparable.sent_gbp is not null and comparable.last_sent_gbp is not null
                then case when comparable.pair_is_held_back then 'held back' else 'like for like' end
            when comparable.sent_gbp is not null
                then case when comparable.in_last_return then 'not known' else 'joiners' end
            when comparable.last_sent_gbp is null then 'corrections'
            when comparable.response_status in ('left', 'closed', 'merged') then 'leavers'
            when comparable.in_return or expected.cluster_id is not null then 'not known'
            else 'leavers'
        end as part
    from comparable
    left join expected
        on
            comparable.cluster_id = expected.cluster_id
            and comparable.organisation_id = expected.organisation_id
            and comparable.reporting_year = expected.reporting_year

),

counted as (

    -- what a correction does not explain is the one part of the organisation: so the parts always lead from the first
    -- total to the last
    select
        *,
        coalesce(this_gbp, 0) - coalesce(start_gbp, 0) as change_gbp,
        coalesce(this_gbp, 0) - coalesce(start_gbp, 0) - correction_gbp as rest_gbp
    from parted

)

select
    cluster_id,
    cluster_name,
    organisation_id,
    organisation_name,
    reporting_year,
    part,
    start_gbp,
    last_gbp as previous_turnover_gbp,
    this_gbp as end_gbp,
    {{ rounded("correction_gbp + case when part = 'corrections' then rest_gbp else 0 end", 2) }}
        as change_corrections_gbp,
    {%- for part in turnover_change_parts() %}
    case when part = '{{ part }}' then {{ rounded('rest_gbp', 2) }} else 0 end
        as change_{{ part | replace(' ', '_') }}_gbp,
    {%- endfor %}
    {{ rounded('change_gbp', 2) }} as change_gbp
from counted
