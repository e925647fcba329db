-- One row per rule about an organisation's years, organisation and figure at which it fires.
{{ alerts_of_rules([
    ref('int_year_pairs'), ref('int_growth_effects'), ref('int_silences'), ref('int_baseline_changes')
]) }}
