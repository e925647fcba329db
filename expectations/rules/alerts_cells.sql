-- One row per rule about what stands in a cell and per cell at which it fires.
{{ alerts_of_rules([ref('int_findings'), ref('int_organisation_years')]) }}
