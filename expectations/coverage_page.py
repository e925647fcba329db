"""The page docs/coverage.md: which column of which mart answers each requirement of the business case.

Columns say themselves what they answer, as `config.meta.serves` in the YAML beside each mart. Make the page again with
`python -m expectations.coverage_page`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

_HERE = Path(__file__).parent
PAGE = _HERE.parent / "docs" / "coverage.md"
MARTS = _HERE.parent / "dbt_project" / "models" / "marts"
REQUIREMENTS = _HERE / "requirements.csv"
NOT_SERVED = _HERE / "requirements_not_served.yml"

# What a figure answers; the other kinds are about the process, the design or the data that is asked for.
KINDS = ("KPI", "output", "target", "finance", "criterion", "dimension")

_HEAD = """\
# What the marts answer

Each requirement of the business case of the kinds KPI, output, target, finance, criterion and dimension, and the
columns that answer it. What is not answered, or not whole, is named with the reason.

This page is made from the columns themselves. After a change, make it again with
`python -m expectations.coverage_page`.
"""


def requirements() -> list[Mapping[str, str]]:
    """Requirements of the kinds that a figure answers, in the order of the business case: one row each."""
    with REQUIREMENTS.open(encoding="utf-8", newline="") as handle:
        return [row for row in csv.DictReader(handle) if row["kind"] in KINDS]


def not_served() -> Mapping[str, str]:
    """Why a requirement is not answered, or not whole, by its id."""
    reasons: Mapping[str, str] = yaml.safe_load(NOT_SERVED.read_text(encoding="utf-8"))
    return reasons


def served() -> dict[str, list[str]]:
    """The columns that answer each requirement, as `mart.column`, by its id."""
    found: dict[str, list[str]] = {}
    for file in sorted(MARTS.glob("*.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", ()):
            for column in model["columns"]:
                for requirement in column.get("config", {}).get("meta", {}).get("serves", ()):
                    found.setdefault(requirement, []).append(f"{model['name']}.{column['name']}")
    return found


def page(rows: Sequence[Mapping[str, str]], columns: Mapping[str, Sequence[str]], reasons: Mapping[str, str]) -> str:
    """The page as Markdown: a table for each kind of requirement."""
    lines = [_HEAD.rstrip("\n")]
    for kind in KINDS:
        lines += ["", f"## {kind[0].upper()}{kind[1:]}", ""]
        lines += ["| | section | requirement | answered by | not answered |", "|---|---|---|---|---|"]
        for row in rows:
            if row["kind"] == kind:
                answers = "<br>".join(f"`{column}`" for column in columns.get(row["req_id"], ()))
                reason = reasons.get(row["req_id"], "")
                words = row["requirement"].replace("|", "/")
                lines.append(f"| {row['req_id']} | {row['seed_section']} | {words} | {answers} | {reason} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(requirements(), served(), not_served()), encoding="utf-8")
