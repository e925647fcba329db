-- One row per rule, cluster and figure at which a rule about a cluster, or two organisations or clusters, fires.
{{ alerts_of_rules([
    ref('int_cluster_years'), ref('int_organisation_links'), ref('int_referrals'), ref('int_brokerage')
]) }}
