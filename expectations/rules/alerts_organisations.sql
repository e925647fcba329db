-- One row per rule about an organisation's figures, organisation, year and figure at which it fires.
{{ alerts_of_rules([ref('int_organisation_years'), ref('int_organisations_expected')]) }}
