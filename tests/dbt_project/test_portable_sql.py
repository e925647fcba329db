"""Every model, rule and macro is SQL that both engines take and understand alike; what differs is in macros/engines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dbt_project.small_programme import Built

# Functions that DuckDB and Spark both know by this name, with the same arguments and the same meaning.
PORTABLE = frozenset(
    re.findall(
        r"\w+",
        """
        abs avg bool_and bool_or cast ceil coalesce count dense_rank exists exp extract first_value floor
        greatest lag last_value lead least length listagg ln log10 lower lpad max max_by md5 median min
        min_by nullif ntile power rank replace round row_number split_part sqrt stddev_samp substr sum trim
        try_cast upper
        """,
    )
)
# Words that may stand before a bracket without being functions.
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        all and any as between by case decimal distinct else except filter from group having in intersect
        join like made not on or order over partition qualify select set then union using values when where
        with varchar
        """,
    )
)
# After a table Spark takes these words for another name of it where brackets with nothing but names follow.
ALIAS = r"\b(?:where|having|qualify)\s*\(\s*[a-z_]\w*\s*(?:,\s*[a-z_]\w*\s*)*\)"
_REFUSED = {
    r"::": "a cast is written cast(… as …)",
    r"//": "whole division is written cast(floor(… / …) as integer)",
    r"(?<![!<>=])~": "a pattern is asked by text_matches",
    r"\bvarchar\b": "a text's type is dbt.type_string()",
    r"\bround\([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*,": "a number is rounded to places by rounded",
    r"\*\s*(?:exclude|except|replace)\b\s*\(": "columns are named one by one",
    r"\bselect\s+distinct\s+on\b": "the first of several is found by row_number",
    r"\bfrom\s+[\w.]+\s+select\b": "select comes first",
    r"\b(?:ilike|rlike|glob|similar\s+to)\b": "a pattern is asked by text_matches",
    r"\binterval\s+(?!'')": "an interval is written interval '1' day",
    r"\b(?:pivot|unpivot|asof|lateral|positional|explode|unnest)\b": "only one engine has it",
    ALIAS: "without the brackets; to Spark the word is another name of the table, with columns in them",
    r"\[": "a list is written in no way that both engines take",
    r'"': "quotation marks make a name in one engine and a text in the other",
}


def faults_of(sql: str) -> Iterator[str]:
    """What in a piece of SQL only one engine takes, or takes otherwise; Jinja and comments have been taken out."""
    texts = re.findall(r"'((?:[^']|'')*)'", sql)
    for text in texts:
        if "\\" in text:
            yield f"a backslash in the text '{text}': it begins an escape in Spark, use sql_text"
    bare = re.sub(r"'(?:[^']|'')*'", "''", sql).lower()
    for pattern, instead in _REFUSED.items():
        if re.search(pattern, bare):
            yield f"{re.search(pattern, bare)[0]}: {instead}"  # type: ignore[index]
    for name in sorted(set(re.findall(r"\b([a-z_][a-z_0-9]*)\s*\(", bare)) - PORTABLE - _WORDS):
        yield f"{name}(): not on the list of functions that both engines have; give each its own in macros/engines"


def _without_jinja(text: str) -> str:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|--[^\n]*", " ", text, flags=re.DOTALL)
    # Whatever a macro makes is looked at where the macro stands.
    return re.sub(r"\{\{.*?\}\}", "made ", text, flags=re.DOTALL)


def _arguments(text: str) -> Iterator[str]:
    """Pieces of SQL that are handed to macros as texts: 'sum(turnover_gbp)'. A pattern is none."""
    for call in re.findall(r"\{\{.*?\}\}|\{%.*?%\}", re.sub(r"\{#.*?#\}", " ", text, flags=re.DOTALL), re.DOTALL):
        for one, other in re.findall(r""""([^"]*)"|'([^']*)'""", call):
            if "(" in (piece := one or other) and not piece.startswith("^"):
                yield piece


def _sql_files(project: Path) -> list[Path]:
    folders = (project / "dbt_project" / name for name in ("models", "macros", "tests"))
    files = [file for folder in (*folders, project / "expectations" / "rules") for file in folder.rglob("*.sql")]
    return sorted(file for file in files if "engines" not in file.parts)


def test_models_and_macros_are_sql_that_both_engines_take(project: Path) -> None:
    files = _sql_files(project)
    assert len(files) > 100
    found = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        pieces = [_without_jinja(text), *_arguments(text)]
        found += [f"{file.relative_to(project)}: {fault}" for piece in pieces for fault in faults_of(piece)]
    assert not found, "\n".join(found)


def test_conditions_and_sentences_of_rules_are_sql_that_both_engines_take(project: Path) -> None:
    found, looked_at = [], 0
    for file in sorted((project / "expectations" / "rules").glob("alerts_*.yml")):
        described = yaml.safe_load(file.read_text(encoding="utf-8"))
        for model in described["models"]:
            for rule in model.get("config", {}).get("meta", {}).get("rules", []):
                for piece in _sql_of(rule):
                    looked_at += 1
                    found += [f"{rule['code']}: {fault}" for fault in faults_of(piece)]
    assert looked_at > 200
    assert not found, "\n".join(found)


def test_what_dbt_makes_of_models_rules_and_tests_has_no_other_name_of_a_table_by_mistake(built: Built) -> None:
    """Of a macro, a rule and a list each piece may be right, and the whole not."""
    files = sorted((built.target / "compiled").rglob("*.sql"))
    assert len(files) > 200
    assert any("F13" in file.read_text(encoding="utf-8") for file in files)
    texts = {file.name: re.sub(r"--[^\n]*", "", file.read_text(encoding="utf-8")).lower() for file in files}
    assert {name: found[0] for name, text in texts.items() if (found := re.search(ALIAS, text))} == {}


def _sql_of(rule: dict[str, Any]) -> Iterator[str]:
    for case in (rule, *(rule.get("cases") or [])):
        for name in ("when", "error_when", "low", "high"):
            if case.get(name) is not None:
                yield _filled(str(case[name]))
        yield from map(_filled, (str(sql) for sql in (case.get("terms") or {}).values()))
        for name in ("observed", "expected", "say", "ask"):
            yield from re.findall(r"\{([^{}]*)(?::[^{}:]*)?\}", _filled_inside(case.get(name) or ""))


def _filled(sql: str) -> str:
    """A condition with a figure in each of its places."""
    return re.sub(r"\{[^{}]*\}", "1", sql)


def _filled_inside(sentence: str) -> str:
    """A sentence whose places have no places within."""
    return re.sub(r"(\{[^{}]*)\{[^{}]*\}", r"\g<1>1", sentence)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select date_diff('day', a, b) from t", "date_diff()"),
        ("select list(a) from t", "list()"),
        ("select arg_max(a, b) from t", "arg_max()"),
        ("select strftime(a, '%Y') from t", "strftime()"),
        ("select date_format(a, 'yyyy') from t", "date_format()"),
        ("select a::integer from t", "::"),
        ("select a // 2 from t", "//"),
        ("select a ~ '^x' from t", "~"),
        ("select cast(a as varchar) from t", "varchar"),
        ("select round(sum(a) / count(b), 2) from t", "round("),
        ("select * exclude (a) from t", "* exclude ("),
        (r"select a like 'x\_y' from t", "backslash"),
        ("select a + interval 1 day from t", "interval"),
        ('select "a b" from t', "quotation"),
        ("select [1, 2] from t", "["),
        ("select a from t where (b)", "where (b)"),
        ("select a from t\nwhere\n    (is_b, c) group by a", "another name of the table"),
        ("select a from t qualify ( is_first )", "qualify ( is_first )"),
    ],
)
def test_what_one_engine_alone_takes_is_told(sql: str, told: str) -> None:
    assert [fault for fault in faults_of(sql) if told in fault]


def test_what_both_engines_take_is_let_pass() -> None:
    sql = """
    select a, round(sum(b)) as b, count(*) filter (where c in ('x', 'it''s')) as c
    from t where cast(d as integer) between 1 and (2 + 3) and (e or f) group by a having (sum(b) > 1)
    qualify (row_number() over (partition by a)) = 1
    """
    assert list(faults_of(sql)) == []
