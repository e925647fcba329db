-- One row per rule about other answers of one year, organisation and figure at which it fires.
{{ alerts_of_rules([ref('int_organisation_years'), ref('int_factor_years')]) }}
