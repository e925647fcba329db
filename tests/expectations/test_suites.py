"""The gate lets good marts pass and catches each kind of break by the expectation that is there for it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
import yaml

from expectations.suites.gate import GateOutcome, SuiteError, audit, read_suite, suite_names
from tests.expectations import programme_marts

pytestmark = pytest.mark.xdist_group("gate")

YEAR = "'digbeth' as cluster_id, 'Digbeth' as cluster_name, '2025-26' as reporting_year"
ONE = f"{YEAR}, 'GB-CHC-1090095' as organisation_id, 'Ashley Hall Trust' as organisation_name"
TWO = f"{YEAR}, 'GB-COH-07444723' as organisation_id, 'Tin Works CIC' as organisation_name"

# Two organisations of one cluster in one year: one has grown from £100,000 to £120,000, of the other nothing is known.
MARTS = programme_marts.MARTS | {
    "turnover_by_organisation": f"""
        select {ONE}, 120000.0 as turnover_gbp, cast(null as varchar) as turnover_missing_reason,
            12 as accounting_months, 0.2 as growth_ratio, 'counted' as growth_status, true as counts_for_growth,
            true as at_target, 0.15 as target_growth_ratio, false as is_held_back
        union all
        select {TWO}, null, 'not known', null, null, 'no figure this year', false, null, 0.15, false
    """,
    "turnover_by_cluster": f"""
        select {YEAR}, 2 as organisations, 2 as organisations_answered, 1 as organisations_with_turnover,
            120000.0 as turnover_gbp, 1 as growth_organisations, 1 as like_for_like_organisations,
            cast(null as double) as like_for_like_growth_ratio, 'too few' as like_for_like_reason,
            1 as at_target_organisations, 1.0 as share_at_target, cast(0.15 as double) as target_growth_ratio,
            100000.0 as change_starts_from_gbp, 20000.0 as change_like_for_like_gbp, 0.0 as change_joiners_gbp,
            0.0 as change_leavers_gbp, 0.0 as change_held_back_gbp, 0.0 as change_not_known_gbp,
            0.0 as change_imputation_gbp, 0.0 as change_corrections_gbp, 120000.0 as change_ends_at_gbp,
            20000.0 as change_gbp, cast(null as varchar) as change_reason,
            cast(null as double) as like_for_like_real_growth_ratio, 'too few' as real_growth_reason
    """,
    "turnover_change_by_organisation": f"""
        select {ONE}, 'like for like' as part, 90000.0 as start_gbp, 120000.0 as end_gbp,
            10000.0 as change_corrections_gbp, 20000.0 as change_like_for_like_gbp, 0.0 as change_joiners_gbp,
            0.0 as change_leavers_gbp, 0.0 as change_held_back_gbp, 0.0 as change_not_known_gbp,
            0.0 as change_imputation_gbp
    """,
    "programme_years": """
        select '2025-26' as reporting_year, 4 as returns_due, 3 as returns_received
    """,
    "programme_turnover": """
        select '2025-26' as reporting_year, 2 as organisations, 0 as organisations_counted_once,
            120000.0 as turnover_of_clusters_gbp, 1.0 as share_at_target,
            cast(null as double) as like_for_like_growth_ratio, 'too few' as like_for_like_reason
    """,
    "target_path_by_cluster": f"""
        select {YEAR}, 2 as cluster_year, 2 as organisations, 1 as organisations_with_turnover,
            120000.0 as turnover_gbp, 115000.0 as path_of_those_gbp, 5000.0 as distance_from_path_gbp
    """,
    "baseline_by_organisation": f"""
        select {ONE}, 'first accounts sent' as baseline_basis, 100000.0 as baseline_turnover_gbp,
            101000.0 as turnover_now_sent_gbp, 1000.0 as revision_gbp, true as is_revised
        union all
        select {TWO}, 'none', null, null, null, false
    """,
    "baseline_by_cluster": f"""
        select {YEAR}, 2 as organisations, 0 as organisations_on_accounts_before_joining,
            0 as organisations_on_stated_year, 1 as organisations_on_first_accounts,
            1 as organisations_without_baseline, 100000.0 as baseline_turnover_gbp, 1 as revised_organisations
    """,
    "employment_by_organisation": f"""
        select {ONE}, 5.0 as headcount, cast(null as varchar) as headcount_missing_reason, 4.5 as fte,
            cast(null as varchar) as fte_missing_reason, 35.0 as full_time_week_hours, 4.0 as previous_headcount,
            1.0 as headcount_change, 'counted' as change_status, true as counts_for_change, false as is_held_back
        union all
        select {TWO}, null, 'blank', null, 'blank', 35.0, null, null, 'no figure this year', false, false
    """,
    "employment_by_cluster": f"""
        select {YEAR}, 2 as organisations, 1 as organisations_with_headcount, 5.0 as headcount,
            1 as organisations_with_fte, 4.5 as fte, 1 as like_for_like_organisations,
            0 as like_for_like_fte_organisations
    """,
    "social_value_by_organisation": f"""
        select {ONE}, 100.0 as volunteer_hours, 'recorded' as volunteer_hours_quality,
            1140.0 as volunteer_hours_low_gbp, 1500.0 as volunteer_hours_central_gbp,
            2000.0 as volunteer_hours_high_gbp, 'SV' as method_id, '1' as method_version,
            cast(null as varchar) as method_flag, 30.0 as clients_supported, cast(null as double) as client_attendances
        union all
        select {TWO}, null, null, null, null, null, 'SV', '1', null, null, 12.0
    """,
    "social_value_by_cluster": f"""
        select {YEAR}, 2 as organisations, 1 as organisations_with_hours, 1 as organisations_with_recorded_hours,
            1 as organisations_with_valued_hours, 100.0 as volunteer_hours, 1140.0 as volunteer_hours_low_gbp,
            1500.0 as volunteer_hours_central_gbp, 2000.0 as volunteer_hours_high_gbp
    """,
    "environment_by_organisation": f"""
        select {ONE}, 1000.0 as electricity_kwh, false as factor_missing, cast(null as double) as tco2e_scope_1,
            0.2 as tco2e_scope_2, 0.02 as tco2e_scope_3, 0.22 as tco2e, 'counted' as change_status,
            0.05 as tco2e_change, 0.06 as tco2e_change_by_activity, -0.01 as tco2e_change_by_factors
        union all
        select {TWO}, null, true, null, null, null, null, 'held back', null, null, null
    """,
    "environment_by_cluster": f"""
        select {YEAR}, 2 as organisations, 1 as organisations_with_quantities, 1 as organisations_without_factor,
            1000.0 as electricity_kwh, false as factor_missing, cast(null as double) as tco2e_scope_1,
            0.2 as tco2e_scope_2, 0.02 as tco2e_scope_3, 0.22 as tco2e
    """,
    "innovation_by_organisation": f"""
        select {ONE}, 2.0 as new_products, cast(null as varchar) as new_products_missing_reason, 1.0 as new_markets,
            cast(null as varchar) as new_markets_missing_reason
        union all
        select {TWO}, null, 'blank', null, 'blank'
    """,
    "innovation_by_cluster": f"""
        select {YEAR}, 2 as organisations, 2.0 as new_products, 1 as organisations_with_new_products,
            1 as organisations_describing_products, 1.0 as new_markets
    """,
    "investment_by_organisation": f"""
        select {ONE}, 5000.0 as investment_received_gbp, cast(null as varchar) as investment_missing_reason
        union all
        select {TWO}, null, 'blank'
    """,
    "investment_by_cluster": f"""
        select {YEAR}, 2 as organisations, 5000.0 as investment_received_gbp
    """,
    "social_value_outcomes_by_cluster": f"""
        select {YEAR}, 'training' as outcome_type, 3 as outcome_rows, 1 as rows_of_no_organisation,
            1 as organisations, 15.0 as people, '1' as method_version
    """,
    "returns": f"""
        select {YEAR}, 'received' as state, 'abc' as receipt_id, 2 as organisation_rows, 2 as organisations
        union all
        select 'wolverhampton', 'Wolverhampton', '2025-26', 'missing', null, null, null
    """,
    # A sum that does not add up is told in its row, and lets the release pass.
    "reconciliations": f"""
        select {YEAR}, 'turnover of the organisations' as reconciliation, 'turnover_gbp' as figure, true as adds_up,
            cast(null as varchar) as reason
        union all
        select {YEAR}, 'change of turnover', 'coalesce(end_gbp, 0)', false, 'It should hold that it adds up.'
    """,
    "alerts_closed": """
        select 'a2' as alert_id, 'a new return put it right' as closed_because
    """,
    "alerts": f"""
        select 'a1' as alert_id, 'P01' as rule_code, 'error' as severity, 'cross-period' as level,
            'consistency' as dimension, 'turnover' as kpi,
            'Turnover is far off.' as message, 'Please check {{it}}.' as ask, {ONE}
    """,
}

ASHLEY = "where organisation_id = 'GB-CHC-1090095'"
# What is broken, and the expectation (with its column) that must fail for it.
BREAKS = [
    ("turnover_by_organisation", "set turnover_gbp = null " + ASHLEY, "column_values_to_be_in_set", "figure_or_reason"),
    ("turnover_by_organisation", "set growth_ratio = null " + ASHLEY, "column_values_to_be_in_set", "growth_is_told"),
    ("turnover_by_organisation", "set at_target = false", "column_values_to_be_in_set", "target_is_met_by_growth"),
    ("turnover_by_organisation", "set is_held_back = true", "column_values_to_be_in_set", "held_back_stays_out"),
    ("turnover_by_organisation", "set growth_status = 'odd'", "column_values_to_be_in_set", "growth_status"),
    ("turnover_by_organisation", "set accounting_months = 0", "column_values_to_be_between", "accounting_months"),
    (
        "turnover_by_organisation",
        "set organisation_id = 'GB-CHC-1090095'",
        "compound_columns_to_be_unique",
        "cluster_id, organisation_id, reporting_year",
    ),
    ("turnover_by_organisation", "set organisation_id = null", "column_values_to_not_be_null", "organisation_id"),
    ("turnover_by_cluster", "set share_at_target = 1.2", "column_values_to_be_between", "share_at_target"),
    ("turnover_by_cluster", "set target_growth_ratio = 15", "column_values_to_be_between", "target_growth_ratio"),
    (
        "turnover_by_cluster",
        "set at_target_organisations = 2",
        "column_pair_values_a_to_be_greater_than_b",
        "growth_organisations, at_target_organisations",
    ),
    (
        "turnover_by_cluster",
        "set like_for_like_organisations = 3",
        "column_pair_values_a_to_be_greater_than_b",
        "organisations_with_turnover, like_for_like_organisations",
    ),
    ("turnover_by_cluster", "set like_for_like_reason = null", "column_values_to_be_in_set", "figure_or_reason"),
    ("turnover_by_cluster", "set reporting_year = '2025'", "column_values_to_match_regex", "reporting_year"),
    ("turnover_by_cluster", "set change_gbp = null", "column_values_to_be_in_set", "change_or_reason"),
    ("turnover_by_cluster", "set real_growth_reason = null", "column_values_to_be_in_set", "price_or_reason"),
    ("turnover_change_by_organisation", "set part = 'odd'", "column_values_to_be_in_set", "part"),
    ("target_path_by_cluster", "set cluster_year = 11", "column_values_to_be_between", "cluster_year"),
    ("baseline_by_organisation", "set is_revised = false", "column_values_to_be_in_set", "revision_is_shown"),
    ("baseline_by_organisation", "set baseline_basis = 'none'", "column_values_to_be_in_set", "figure_or_reason"),
    ("employment_by_organisation", "set fte_missing_reason = null", "column_values_to_be_in_set", "fte_or_reason"),
    (
        "employment_by_organisation",
        "set full_time_week_hours = null",
        "column_values_to_not_be_null",
        "full_time_week_hours",
    ),
    (
        "social_value_by_organisation",
        "set volunteer_hours_low_gbp = 1600",
        "column_values_to_be_in_set",
        "values_are_in_order",
    ),
    ("social_value_by_organisation", "set volunteer_hours = null", "column_values_to_be_in_set", "value_needs_hours"),
    (
        "social_value_by_organisation",
        "set client_attendances = 9",
        "column_values_to_be_in_set",
        "people_or_attendances",
    ),
    ("social_value_by_organisation", "set method_version = null", "column_values_to_be_in_set", "method_is_told"),
    (
        "social_value_by_cluster",
        "set volunteer_hours_high_gbp = 1400",
        "column_values_to_be_in_set",
        "values_are_in_order",
    ),
    ("environment_by_organisation", "set factor_missing = true", "column_values_to_be_in_set", "no_factor_no_carbon"),
    ("environment_by_organisation", "set change_status = 'counted'", "column_values_to_be_in_set", "change_or_reason"),
    ("innovation_by_organisation", "set new_products = null", "column_values_to_be_in_set", "products_or_reason"),
    ("innovation_by_organisation", "set new_markets = null", "column_values_to_be_in_set", "markets_or_reason"),
    (
        "investment_by_organisation",
        "set investment_missing_reason = null",
        "column_values_to_be_in_set",
        "figure_or_reason",
    ),
    ("social_value_outcomes_by_cluster", "set outcome_type = 'joy'", "column_values_to_be_in_set", "outcome_type"),
    ("social_value_outcomes_by_cluster", "set organisations = 0", "column_values_to_be_in_set", "traced"),
    ("returns", "set state = 'lost'", "column_values_to_be_in_set", "state"),
    ("returns", "set receipt_id = null", "column_values_to_be_in_set", "received_has_receipt"),
    ("returns", "set organisations = 0 where state = 'missing'", "column_values_to_be_in_set", "figures_in_all_marts"),
    ("alerts_closed", "set closed_because = null", "column_values_to_not_be_null", "closed_because"),
    ("alerts", "set severity = 'grave'", "column_values_to_be_in_set", "severity"),
    ("alerts", "set message = null", "column_values_to_not_be_null", "message"),
    ("alerts", "set rule_code = 'P1'", "column_values_to_match_regex", "rule_code"),
    (
        "baseline_by_cluster",
        "set revised_organisations = 3",
        "column_pair_values_a_to_be_greater_than_b",
        "organisations, revised_organisations",
    ),
    (
        "employment_by_cluster",
        "set like_for_like_organisations = 2",
        "column_pair_values_a_to_be_greater_than_b",
        "organisations_with_headcount, like_for_like_organisations",
    ),
    (
        "environment_by_cluster",
        "set organisations_with_quantities = 3",
        "column_pair_values_a_to_be_greater_than_b",
        "organisations, organisations_with_quantities",
    ),
    (
        "innovation_by_cluster",
        "set organisations_describing_products = 2",
        "column_pair_values_a_to_be_greater_than_b",
        "organisations_with_new_products, organisations_describing_products",
    ),
    ("investment_by_cluster", "set cluster_id = null", "column_values_to_not_be_null", "cluster_id"),
    ("programme_funding", "set reporting_year = '2025'", "column_values_to_match_regex", "reporting_year"),
    ("programme_outputs", "set reporting_year = null", "column_values_to_not_be_null", "reporting_year"),
    (
        "programme_years",
        "set returns_received = 5",
        "column_pair_values_a_to_be_greater_than_b",
        "returns_due, returns_received",
    ),
    ("programme_turnover", "set like_for_like_reason = null", "column_values_to_be_in_set", "figure_or_reason"),
    ("reconciliations", "set reason = 'It should hold.'", "column_values_to_be_in_set", "reason_where_it_does_not"),
    ("reconciliations", "set adds_up = null", "column_values_to_not_be_null", "adds_up"),
    *programme_marts.BREAKS,
]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("marts") / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema marts")
        for mart, rows in MARTS.items():
            connection.execute(f"create table marts.{mart} as {rows}")
    return file


def _audit_broken(good: Path, folder: Path, *statements: str, marts: Sequence[str] | None = None) -> GateOutcome:
    file = folder / "warehouse.duckdb"
    shutil.copy(good, file)
    with duckdb.connect(str(file)) as connection:
        for statement in statements:
            connection.execute(statement)
    return audit(file, marts)


def test_good_marts_pass(good: Path) -> None:
    outcome = audit(good)
    assert [result.sentence for result in outcome.results if not result.passed] == []
    assert outcome.passed
    assert {result.mart for result in outcome.results} == set(MARTS) == set(suite_names())


@pytest.mark.parametrize(("mart", "change", "expectation", "column"), BREAKS, ids=lambda value: str(value)[:40])
def test_a_break_is_caught(good: Path, tmp_path: Path, mart: str, change: str, expectation: str, column: str) -> None:
    outcome = _audit_broken(good, tmp_path, f"update marts.{mart} {change}", marts=[mart])
    failed = {(result.mart, result.expectation, result.column) for result in outcome.results if not result.passed}
    assert not outcome.passed
    assert (mart, f"expect_{expectation}", column) in failed


def test_every_suite_is_broken_at_least_once() -> None:
    assert {mart for mart, *_ in BREAKS} == set(suite_names())


def test_the_rows_that_break_are_counted_and_shown(good: Path, tmp_path: Path) -> None:
    outcome = _audit_broken(
        good, tmp_path, "update marts.turnover_by_cluster set share_at_target = 1.2", marts=["turnover_by_cluster"]
    )
    (failed,) = [result for result in outcome.results if not result.passed]
    assert failed.unexpected == 1
    assert failed.sample == ({"cluster_id": "digbeth", "reporting_year": "2025-26", "share_at_target": 1.2},)
    assert failed.sentence == (
        "turnover_by_cluster.share_at_target: A share lies between 0 and 1. Rows: 1."
        " The first: cluster_id digbeth, reporting_year 2025-26, share_at_target 1.2."
    )


def test_a_programme_without_any_return_may_be_published(good: Path, tmp_path: Path) -> None:
    emptied = [f"delete from marts.{mart}" for mart in MARTS if mart != "returns"]
    outcome = _audit_broken(good, tmp_path, *emptied, "delete from marts.returns where state = 'received'")
    assert [result.sentence for result in outcome.results if not result.passed] == []


def test_a_slip_of_a_sender_does_not_stop_a_release(good: Path, tmp_path: Path) -> None:
    # Hours below zero turn the order of their values round; rule V03 asks about them.
    outcome = _audit_broken(
        good,
        tmp_path,
        """
        update marts.social_value_by_organisation
        set volunteer_hours = -100, volunteer_hours_low_gbp = -1140, volunteer_hours_central_gbp = -1500,
            volunteer_hours_high_gbp = -2000
        where organisation_id = 'GB-CHC-1090095'
        """,
        """
        update marts.social_value_by_cluster
        set volunteer_hours = -100, volunteer_hours_low_gbp = -1140, volunteer_hours_central_gbp = -1500,
            volunteer_hours_high_gbp = -2000
        """,
    )
    assert [result.sentence for result in outcome.results if not result.passed] == []


@pytest.mark.parametrize(
    ("statement", "where", "words"),
    [
        ("drop table marts.returns", "returns", "returns: cannot be read: Catalog Error"),
        (
            "alter table marts.alerts drop column severity",
            "alerts",
            'The column "severity" in BatchData does not exist',
        ),
    ],
)
def test_what_is_not_there_fails_and_is_named(
    good: Path, tmp_path: Path, statement: str, where: str, words: str
) -> None:
    outcome = _audit_broken(good, tmp_path, statement, marts=[where])
    failed = [result for result in outcome.results if not result.passed]
    assert {result.mart for result in failed} == {where}
    assert words in failed[0].sentence


def test_the_audit_draws_nothing_on_the_terminal(good: Path, capfd: pytest.CaptureFixture[str]) -> None:
    audit(good)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_an_expectation_that_does_not_say_why_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = {"keys": ["cluster_id"], "expectations": [{"expect": "column_values_to_be_unique", "column": "cluster_id"}]}
    (tmp_path / "hub.yml").write_text(yaml.safe_dump(suite), encoding="utf-8")
    monkeypatch.setattr("expectations.suites.gate.SUITES_FOLDER", tmp_path)
    with pytest.raises(SuiteError, match="The suite hub has an expectation without `expect` or `why`"):
        read_suite("hub")
