-- One row per cluster and organisation, with the year in which it first counted for each output of the programme.
with

organisation_years as (

    select
        cluster_id,
        organisation_id,
        min({{ year_start('reporting_year') }}) as first_sent_in
    from {{ ref('int_organisation_years') }}
    group by cluster_id, organisation_id

),

baselines as (

    select
        cluster_id,
        organisation_id,
        {{ financial_year_start('joined_on') }} as joined_in
    from {{ ref('int_baselines') }}

),

enrolments as (

    select
        cluster_id,
        organisation_id,
        min({{ financial_year_start('enrolled_on') }}) as joined_in
    from {{ ref('int_enrolments') }}
    group by cluster_id, organisation_id

),

joined as (

    -- the register may know an organisation that no return names yet
    select
        coalesce(organisation_years.cluster_id, enrolments.cluster_id) as cluster_id,
        coalesce(organisation_years.organisation_id, enrolments.organisation_id) as organisation_id,
        coalesce(baselines.joined_in, enrolments.joined_in, organisation_years.first_sent_in) as enrolled_in
    from organisation_years
    full outer join enrolments
        on
            organisation_years.cluster_id = enrolments.cluster_id
            and organisation_years.organisation_id = enrolments.organisation_id
    left join baselines
        on
            organisation_years.cluster_id = baselines.cluster_id
            and organisation_years.organisation_id = baselines.organisation_id

),

supported as (

    select
        cluster_id,
        organisation_id,
        min({{ year_start('reporting_year') }}) as supported_in,
        min(started_in) as support_started_in
    from {{ ref('int_support') }}
    where organisation_id is not null
    group by cluster_id, organisation_id

),

growth as (

    select
        cluster_id,
        organisation_id,
        {{ year_start('reporting_year') }} as starts_in,
        at_target
    from {{ ref('turnover_by_organisation') }}
    where counts_for_growth and growth_ratio > 0

),

grown as (

    -- growth in the year in which support began, or later
    select
        growth.cluster_id,
        growth.organisation_id,
        min(growth.starts_in) as grew_in,
        min(growth.starts_in) filter (where growth.at_target) as grew_by_target_in
    from growth
    inner join supported
        on
            growth.cluster_id = supported.cluster_id
            and growth.organisation_id = supported.organisation_id
            and growth.starts_in >= supported.support_started_in
    group by growth.cluster_id, growth.organisation_id

),

referrals as (

    select
        *,
        {{ year_start('reporting_year') }} as starts_in
    from {{ ref('int_referrals') }}
    where organisation_id is not null

),

referred as (

    select
        cluster_id,
        organisation_id,
        {%- for scheme, column in referral_schemes().items() %}
        min(starts_in) filter (where scheme = '{{ scheme }}') as {{ column }}_in,
        min(starts_in) filter (where scheme = '{{ scheme }}' and outcome = 'accepted') as {{ column }}_accepted_in
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from referrals
    group by cluster_id, organisation_id

)

select
    joined.cluster_id,
    joined.organisation_id,
    joined.enrolled_in,
    supported.supported_in,
    -- what a return tells cannot count before the return does
    case when grown.grew_in is not null then greatest(grown.grew_in, supported.supported_in) end as grew_in,
    case
        when grown.grew_by_target_in is not null then greatest(grown.grew_by_target_in, supported.supported_in)
    end as grew_by_target_in,
    {%- for scheme, column in referral_schemes().items() %}
    referred.{{ column }}_in,
    referred.{{ column }}_accepted_in
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from joined
left join supported
    on
        joined.cluster_id = supported.cluster_id
        and joined.organisation_id = supported.organisation_id
left join grown
    on
        joined.cluster_id = grown.cluster_id
        and joined.organisation_id = grown.organisation_id
left join referred
    on
        joined.cluster_id = referred.cluster_id
        and joined.organisation_id = referred.organisation_id
