"""The catalogue, the SQL, the page and the sources name the same rules and say the same of them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml

from expectations.catalogue import RULES_FOLDER, CatalogueError, read_catalogue, read_left_out
from expectations.catalogue_page import PAGE, page
from ingestion.tables import tables
from tests.rules.rule_bench import RELATIONS, Judged

pytestmark = pytest.mark.xdist_group("rules")


# About our own program, not about what was sent: no candidate of a catalogue of mistakes in returns.
OF_OURSELVES = {"F13"}


def test_catalogue_sql_and_page_name_the_same_rules(judged: Judged) -> None:
    in_catalogue = {rule.code for rule in read_catalogue()}
    in_sql = {code for sql in judged.compiled.values() for code in re.findall(r"'([A-Z]\d\d)' as rule_code", sql)}
    on_page = set(re.findall(r"^### ([A-Z]\d\d) ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert in_catalogue == in_sql == on_page


def test_every_candidate_is_in_force_or_has_a_reason_why_not(shared: Path) -> None:
    with (shared / "domain" / "quality_rules.csv").open(encoding="utf-8") as handle:
        candidates = {row["code"] for row in csv.DictReader(handle)}
    in_force = {rule.code for rule in read_catalogue()}
    left_out = read_left_out()
    assert len(candidates) == 76
    assert in_force | set(left_out) == candidates | OF_OURSELVES
    assert not candidates & OF_OURSELVES
    assert not in_force & set(left_out)
    assert all(len(reason.split()) > 5 for reason in left_out.values())


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(read_catalogue(), read_left_out())


def test_rules_keep_the_severity_and_level_of_the_candidate_table(shared: Path) -> None:
    with (shared / "domain" / "quality_rules.csv").open(encoding="utf-8") as handle:
        candidates = {row["code"]: row for row in csv.DictReader(handle)}
    for rule in (one for one in read_catalogue() if one.code not in OF_OURSELVES):
        candidate = candidates[rule.code]
        assert (rule.severity, rule.level, rule.verified) == (
            candidate["severity"],
            candidate["level"],
            candidate["verified"],
        ), rule.code
        source = candidate["source"].replace("Seed", "WMCA strategic outline case of 31 March 2022")
        assert rule.source == source, rule.code


def test_every_field_of_a_rule_is_one_that_is_landed() -> None:
    landed = {field for table in tables().values() for field in table.fields}
    named = {field for rule in read_catalogue() for case in rule.cases for field in case.fields}
    assert named <= landed


def test_every_relation_of_a_rule_is_known_and_examples_name_its_columns() -> None:
    for rule in read_catalogue():
        for case in rule.cases:
            for example in (*case.catches, *case.passes):
                assert set(example.values) <= set(RELATIONS[case.over]), rule.code


@pytest.mark.parametrize("relation", RELATIONS)
def test_the_columns_that_rules_may_name_are_those_of_the_model(relation: str, project: Path) -> None:
    described = project / "dbt_project" / "models" / "intermediate" / f"{relation}.yml"
    (model,) = yaml.safe_load(described.read_text(encoding="utf-8"))["models"]
    assert set(RELATIONS[relation]) <= {column["name"] for column in model["columns"]}


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        ({"severty": "error"}, "severty"),
        ({"because": None}, "lacks because"),
        ({"severity": "grave"}, "says grave"),
        ({"when": None}, "lacks when"),
    ],
)
def test_a_slip_in_a_rule_is_named(slip: dict[str, str | None], words: str, tmp_path: Path) -> None:
    described = yaml.safe_load((RULES_FOLDER / "alerts_cells.yml").read_text(encoding="utf-8"))
    rule = described["models"][0]["config"]["meta"]["rules"][0]
    for key, value in slip.items():
        if value is None:
            del rule[key]
        else:
            rule[key] = value
    (tmp_path / "alerts_cells.yml").write_text(yaml.safe_dump(described), encoding="utf-8")
    with pytest.raises(CatalogueError, match=f"Rule F04 .*{words}"):
        read_catalogue(tmp_path)


def test_a_code_stands_once(tmp_path: Path) -> None:
    declared = (RULES_FOLDER / "alerts_cells.yml").read_text(encoding="utf-8")
    (tmp_path / "alerts_a.yml").write_text(declared, encoding="utf-8")
    (tmp_path / "alerts_b.yml").write_text(declared, encoding="utf-8")
    with pytest.raises(CatalogueError, match="Rule F04 stands twice"):
        read_catalogue(tmp_path)
