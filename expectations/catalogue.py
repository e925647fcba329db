"""The rule catalogue, expectations/rules, as data for Python. dbt makes the SQL from the same files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

RULES_FOLDER = Path(__file__).parent / "rules"
SEVERITIES = ("reject", "error", "warning", "info")
STATUSES = ("live", "shadow")
LEVELS = ("file", "row", "field", "cross-field", "cross-period", "cross-cluster")
DIMENSIONS = ("completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy")

# What a case may say itself instead of leaving it to its rule.
_OF_A_CASE = (
    "over",
    "field",
    "fields",
    "when",
    "shape",
    "pattern",
    "quiet_where",
    "quiet_in_row",
    "unless",
    "error_when",
    "observed",
    "expected",
    "low",
    "high",
    "say",
    "ask",
    "catches",
    "passes",
)
_OF_A_RULE = (
    "code",
    "title",
    "status",
    "holds_from",
    "valid_from",
    "severity",
    "level",
    "dimension",
    "mend",
    "holds_back",
    "thresholds",
    "terms",
    "because",
    "source",
    "verified",
    "cases",
)


class CatalogueError(Exception):
    """A rule of the catalogue is not complete or not spelt as it must be; the message names it and says what to do."""


@dataclass(frozen=True)
class Example:
    """Column values of one row of the relation that a rule looks at; columns that are not named are null."""

    values: Mapping[str, Any]
    field: str | None  # the field that the rule must name, or must not


@dataclass(frozen=True)
class Case:
    """One condition of a rule over one relation. Most rules have one case."""

    over: str
    fields: tuple[str, ...]  # empty where the rule is about the row, or the relation names the field itself
    when: str | None
    shape: str | None  # a pattern that the field must have
    pattern: str | None  # a pattern that the field must not have
    quiet_where: tuple[str, ...]  # codes of rules; where one of them fires about the same figure, this one keeps quiet
    quiet_in_row: tuple[str, ...]  # the same, where one of them fires about any figure of the organisation in that year
    unless: str | None  # code of the rule that keeps this one quiet
    error_when: str | None
    observed: str
    expected: str | None
    low: str | None  # SQL of the least that the figure was expected to be
    high: str | None  # and of the most
    say: str
    ask: str
    catches: tuple[Example, ...]
    passes: tuple[Example, ...]


@dataclass(frozen=True)
class Rule:
    """One rule of the catalogue, as its file declares it."""

    code: str
    title: str
    family: str  # the model that runs it
    status: str  # live or shadow
    holds_from: str | None  # the day from which it is live; until then it runs in the shadow
    valid_from: int
    severity: str
    level: str
    dimension: str
    mend: str
    holds_back: bool | None  # None: where it is an error about a figure that a KPI rests on
    thresholds: Mapping[str, float]
    terms: Mapping[str, str]  # pieces of SQL by the name under which the rule's conditions use them
    because: str
    source: str
    verified: str
    cases: tuple[Case, ...]


def read_catalogue(folder: Path = RULES_FOLDER) -> tuple[Rule, ...]:
    """Every rule of the families in a folder, by code.

    Raises CatalogueError where a rule lacks something, has something unknown, or shares its code with another.
    """
    rules: dict[str, Rule] = {}
    for file in sorted(folder.glob("alerts_*.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
            for declared in model["config"]["meta"]["rules"]:
                rule = _rule(declared, model["name"])
                if rule.code in rules:
                    raise CatalogueError(f"Rule {rule.code} stands twice in the catalogue. Give one another code.")
                rules[rule.code] = rule
    return tuple(rules[code] for code in sorted(rules, key=_order))


def read_left_out(folder: Path = RULES_FOLDER) -> Mapping[str, str]:
    """The candidate rules that are not in force, by code, and why."""
    left_out: dict[str, str] = yaml.safe_load((folder / "left_out.yml").read_text(encoding="utf-8"))
    return left_out


def _order(code: str) -> tuple[int, str]:
    """Codes sort by level as the catalogue's letters do: file, row, value, across fields, across periods."""
    return "FRVXPC".find(code[0]), code


def _rule(declared: Mapping[str, Any], family: str) -> Rule:
    code = declared.get("code", f"without a code in {family}")
    unknown = set(declared) - set(_OF_A_RULE) - set(_OF_A_CASE)
    unknown |= {key for case in declared.get("cases", ()) for key in set(case) - set(_OF_A_CASE)}
    if unknown:
        raise CatalogueError(f"Rule {code} has {min(unknown)}, which no rule has. Look for a slip of spelling.")
    try:
        rule = Rule(
            code=declared["code"],
            title=declared["title"],
            family=family,
            status=declared["status"],
            holds_from=declared.get("holds_from"),
            valid_from=declared["valid_from"],
            severity=declared["severity"],
            level=declared["level"],
            dimension=declared["dimension"],
            mend=declared["mend"],
            holds_back=declared.get("holds_back"),
            thresholds=declared.get("thresholds", {}),
            terms=declared.get("terms", {}),
            because=declared["because"],
            source=declared["source"],
            verified=declared["verified"],
            cases=tuple(_case({**declared, **case}) for case in declared.get("cases", ({},))),
        )
    except KeyError as error:
        raise CatalogueError(f"Rule {code} lacks {error.args[0]}. Every rule says it.") from error
    for said, allowed in (
        (rule.status, STATUSES),
        (rule.severity, SEVERITIES),
        (rule.level, LEVELS),
        (rule.dimension, DIMENSIONS),
    ):
        if said not in allowed:
            raise CatalogueError(f"Rule {code} says {said}. It must be one of {', '.join(allowed)}.")
    return rule


def _case(told: Mapping[str, Any]) -> Case:
    fields = tuple(told["fields"]) if "fields" in told else (told["field"],) if "field" in told else ()
    if not {"when", "shape", "pattern"} & set(told):
        raise KeyError("when")
    return Case(
        over=told["over"],
        fields=fields,
        when=told.get("when"),
        shape=told.get("shape"),
        pattern=told.get("pattern"),
        quiet_where=tuple(told.get("quiet_where", ())),
        quiet_in_row=tuple(told.get("quiet_in_row", ())),
        unless=told.get("unless"),
        error_when=told.get("error_when"),
        observed=told.get("observed", "{value}"),
        expected=told.get("expected"),
        low=_sql(told.get("low")),
        high=_sql(told.get("high")),
        say=told["say"],
        ask=told["ask"],
        catches=tuple(_examples(told["catches"], fields)),
        passes=tuple(_examples(told["passes"], fields)),
    )


def _sql(told: Any) -> str | None:
    return None if told is None else str(told)


def _examples(declared: list[Mapping[str, Any]], fields: tuple[str, ...]) -> Iterator[Example]:
    """An example that names `{field}` is one example for each of the fields."""
    for values in declared:
        if any("{field}" in column for column in values):
            for field in fields:
                yield Example({column.replace("{field}", field): value for column, value in values.items()}, field)
        else:
            yield Example(values, fields[0] if fields else values.get("field"))
