-- One row per rule, cluster and figure at which a rule about a cluster, or two organisations or clusters, fires.
{{ alerts_of_rules([
    ref('int_return_totals'), ref('int_organisation_links'), ref('int_referral_history'), ref('int_brokerage'),
    ref('int_organisation_years')
]) }}
