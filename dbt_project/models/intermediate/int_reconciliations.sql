-- One row per decomposition that a mart by cluster shows, and per cluster and reporting year.
{{ reconciliations_of([ref('turnover_change_by_organisation'), ref('environment_by_organisation')]) }}
