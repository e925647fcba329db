"""Marts about the programme that pass their suites, and what breaks each of them."""

YEAR = "'digbeth' as cluster_id, 'Digbeth' as cluster_name, '2025-26' as reporting_year"

MARTS = {
    "methods": """
        select 'target' as kind, 'organisation_turnover_growth' as method, 'in force' as version,
            0.15 as value, 'the business case' as source
    """,
    "programme_growth_path": """
        select 'participants' as population, 1 as path_year, '2025-26' as reporting_year, 120000.0 as turnover_gbp,
            100000.0 as target_of_those_gbp, 0.2 as distance_ratio, cast(null as varchar) as turnover_reason
        union all
        select 'region', 1, '2025-26', null, null, null, 'not measured'
    """,
    "support_impact": """
        select 'any support' as support, '2025-26' as reporting_year, 0 as organisations_with,
            1 as organisations_without, cast(null as double) as difference_ratio, 'too few' as difference_reason
    """,
}

BREAKS = [
    ("methods", "set kind = 'habit'", "column_values_to_be_in_set", "kind"),
    ("methods", "set source = null", "column_values_to_not_be_null", "source"),
    ("programme_growth_path", "set population = 'all'", "column_values_to_be_in_set", "population"),
    ("programme_growth_path", "set turnover_reason = null", "column_values_to_be_in_set", "turnover_or_reason"),
    ("programme_growth_path", "set distance_ratio = 0.3", "column_values_to_be_between", "distance_off_by"),
    ("support_impact", "set difference_reason = null", "column_values_to_be_in_set", "difference_or_reason"),
    ("support_impact", "set organisations_with = 1", "column_values_to_be_in_set", "same_organisations"),
]
