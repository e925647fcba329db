-- One row per rule about a return as a whole and per return at which it fires.
{{ alerts_of_rules([ref('int_returns'), ref('int_returns_due')]) }}
