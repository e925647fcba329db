-- One row per rule about income and staff of one year, organisation and figure at which it fires.
{{ alerts_of_rules([ref('int_organisation_years')]) }}
