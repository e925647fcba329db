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
    "outputs_by_cluster": f"""
        select {YEAR}, 2 as supported_organisations, 1 as grown_organisations, 1 as grown_by_target_organisations,
            1 as growth_accelerator_organisations, 0 as growth_accelerator_accepted_organisations,
            1 as development_fund_organisations, 1 as development_fund_accepted_organisations, 2 as hub_services,
            cast(null as varchar) as hub_reason, 3 as opportunities_introduced, 2 as opportunities_bid,
            1 as opportunities_won, 1 as opportunities_lost
    """,
    "programme_outputs": """
        select '2025-26' as reporting_year, 2 as supported_organisations, 0 as supported_organisations_counted_once,
            3 as opportunities_introduced, 0 as opportunities_counted_once
    """,
    "funding_by_cluster": f"""
        select {YEAR}, 20000.0 as grant_scheduled_gbp, 18000.0 as grant_received_gbp,
            cast(null as varchar) as grant_received_reason, cast(null as varchar) as no_schedule_reason,
            4000.0 as coordination_cap_gbp, 16000.0 as operational_budget_gbp, 500.0 as cash_received_gbp,
            300.0 as grants_received_gbp, cast(null as double) as regional_investment_received_gbp,
            200.0 as sponsorship_received_gbp
    """,
    "programme_funding": """
        select '2025-26' as reporting_year, 20000.0 as grant_scheduled_gbp, 18000.0 as grant_received_gbp,
            20000.0 as grant_scheduled_so_far_gbp, 35000.0 as scheme_total_gbp
    """,
    "response_by_organisation": f"""
        select {YEAR}, 'GB-CHC-1090095' as organisation_id, 'partial' as response, true as is_due
        union all
        select {YEAR}, 'GB-COH-07444723', 'left', false
    """,
    "response_by_cluster": f"""
        select {YEAR}, 'received' as return_state, 2 as organisations, 1 as organisations_due,
            1 as organisations_received, 0 as organisations_answered, 1 as organisations_partial,
            0 as organisations_nothing_to_report, 0 as organisations_refused, 0 as organisations_no_answer,
            cast(null as double) as received_share, 'too few' as received_share_reason,
            1.0 as received_turnover_share, cast(null as varchar) as received_turnover_share_reason
    """,
    "action_plan_by_cluster": f"""
        select {YEAR}, 'hub' as building_block, 2 as actions, 1 as actions_done, 0 as actions_on_track,
            0 as actions_at_risk, 0 as actions_late, 1 as actions_not_started, 0 as actions_not_told,
            0 as actions_overdue, 'green' as progress, cast(null as varchar) as progress_reason
    """,
    "readiness_by_cluster": """
        select 'digbeth' as cluster_id, 'organisations' as criterion_group, 'organisations keen to grow' as criterion,
            10 as least, 12.0 as counted, 'met' as verdict, cast(null as varchar) as verdict_reason
        union all
        select 'digbeth', 'lead organisation', 'premises', null, null, 'not assessed', 'no judgement is recorded'
    """,
    "imputations": f"""
        select {YEAR}, 'GB-CHC-1090095' as organisation_id, 'total_income_gbp' as field, 'imputed forward' as method,
            77000.0 as based_on_figure, 11 as pairs, 1.1 as ratio, 84700.0 as imputed_figure
        union all
        select {YEAR}, 'GB-COH-07444723', 'total_income_gbp', 'imputed from the register', 64000.0, null, null, 64000.0
    """,
    "imputation_errors": """
        select 'total_income_gbp' as field, 'imputed forward' as method, 11 as figures, 0.02 as median_error_ratio,
            0.8 as share_within_a_tenth, 0.9 as share_within_a_quarter
    """,
    "quality_by_cluster": f"""
        select {YEAR}, 'accuracy' as dimension, 0 as alerts, 0 as alerts_reject, 0 as alerts_error,
            0 as alerts_warning, 0 as alerts_info, 0.5 as held_back_share
    """,
}

BREAKS = [
    ("imputations", "set method = 'guessed'", "column_values_to_be_in_set", "method"),
    ("imputations", "set organisation_id = null", "column_values_to_not_be_null", "organisation_id"),
    ("imputations", "set imputed_figure = -1", "column_values_to_be_between", "imputed_figure"),
    ("imputations", "set ratio = 1.2", "column_values_to_be_in_set", "is_the_figure_times_the_ratio"),
    ("imputations", "set pairs = 9", "column_values_to_be_in_set", "rests_on_enough"),
    ("imputation_errors", "set figures = 0", "column_values_to_be_between", "figures"),
    ("imputation_errors", "set median_error_ratio = -0.1", "column_values_to_be_between", "median_error_ratio"),
    ("imputation_errors", "set share_within_a_tenth = 1.5", "column_values_to_be_between", "share_within_a_tenth"),
    (
        "imputation_errors",
        "set share_within_a_tenth = 0.95",
        "column_pair_values_a_to_be_greater_than_b",
        "share_within_a_quarter, share_within_a_tenth",
    ),
    ("methods", "set kind = 'habit'", "column_values_to_be_in_set", "kind"),
    ("methods", "set source = null", "column_values_to_not_be_null", "source"),
    ("programme_growth_path", "set population = 'all'", "column_values_to_be_in_set", "population"),
    ("programme_growth_path", "set turnover_reason = null", "column_values_to_be_in_set", "turnover_or_reason"),
    ("support_impact", "set difference_reason = null", "column_values_to_be_in_set", "difference_or_reason"),
    (
        "outputs_by_cluster",
        "set grown_organisations = 3",
        "column_pair_values_a_to_be_greater_than_b",
        "supported_organisations, grown_organisations",
    ),
    ("outputs_by_cluster", "set opportunities_won = 2", "column_values_to_be_in_set", "stages_in_order"),
    ("outputs_by_cluster", "set hub_services = null", "column_values_to_be_in_set", "hub_or_reason"),
    ("funding_by_cluster", "set grant_received_gbp = null", "column_values_to_be_in_set", "received_or_reason"),
    ("response_by_organisation", "set response = 'maybe'", "column_values_to_be_in_set", "response"),
    ("response_by_organisation", "set is_due = true", "column_values_to_be_in_set", "due_unless_gone"),
    ("response_by_cluster", "set return_state = 'lost'", "column_values_to_be_in_set", "return_state"),
    (
        "response_by_cluster",
        "set received_turnover_share = 9",
        "column_values_to_be_between",
        "received_turnover_share",
    ),
    ("response_by_cluster", "set received_share_reason = null", "column_values_to_be_in_set", "share_or_reason"),
    ("action_plan_by_cluster", "set building_block = 'luck'", "column_values_to_be_in_set", "building_block"),
    ("action_plan_by_cluster", "set actions_overdue = 1", "column_values_to_be_in_set", "late_is_red"),
    ("action_plan_by_cluster", "set progress = null", "column_values_to_be_in_set", "colour_or_reason"),
    ("readiness_by_cluster", "set verdict = 'maybe'", "column_values_to_be_in_set", "verdict"),
    ("readiness_by_cluster", "set counted = 9 where least = 10", "column_values_to_be_in_set", "number_decides"),
    ("readiness_by_cluster", "set verdict_reason = null", "column_values_to_be_in_set", "verdict_or_reason"),
    ("quality_by_cluster", "set dimension = 'charm'", "column_values_to_be_in_set", "dimension"),
]
