"""The page of the catalogue, docs/rules.md, made from the rules themselves. `python -m expectations.catalogue_page`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from expectations.catalogue import LEVELS, Case, Rule, read_catalogue, read_left_out

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"

_FAMILIES = {
    "file": "About the return",
    "row": "About who an organisation is",
    "field": "About one answer",
    "cross-field": "Between answers of one year",
    "cross-period": "Between years",
    "cross-cluster": "About a cluster, and what is counted twice",
}
_VERIFIED = {
    "yes": "read there",
    "yes-secondary": "read where it is quoted",
    "partly": "read there in part",
    "no": "not confirmed",
}
_HEAD = """\
# The rules

Every figure of every return is judged by these rules each night. A rule that fires makes an alert: what was found, what
was expected, a sentence for the person who sent it, and what to do. A rule keeps quiet where what it needs is
missing: the rule about the missing answer speaks then, so that one cause makes one alert.

| severity | means |
|---|---|
| reject | the return is turned away; the one before it goes on counting |
| error | the figure is held back from the KPIs that rest on it until it is corrected or explained |
| warning | the figure counts, and somebody is asked about it |
| info | for the record |

Thresholds can be set otherwise by a programme, in its `thresholds.yml`:

```yaml
P02: {least_change_gbp: 50000}
```

A rule is a few lines in one of the files of `expectations/rules/`. The SQL that runs it, the words of its alerts, this
page and its tests all follow from those lines. After a change, make this page again with
`python -m expectations.catalogue_page`.
"""


def page(rules: Sequence[Rule], left_out: Mapping[str, str]) -> str:
    """The catalogue as Markdown: a table of all rules, a section for each, and what is not in force."""
    lines = [_HEAD, "| rule | | severity | about |", "|---|---|---|---|"]
    lines += [
        f"| [{rule.code}](#{_anchor(rule)}) | {rule.title} | {_severity(rule)} | {rule.level} |" for rule in rules
    ]
    for level in LEVELS:
        lines += ["", f"## {_FAMILIES[level]}"]
        for rule in rules:
            if rule.level == level:
                lines += ["", *_section(rule)]
    lines += ["", "## Not in force", "", "| candidate | why |", "|---|---|"]
    lines += [f"| {code} | {reason} |" for code, reason in sorted(left_out.items())]
    return "\n".join(lines) + "\n"


def _section(rule: Rule) -> Iterator[str]:
    yield f"### {rule.code} {rule.title}"
    yield ""
    yield f"{rule.because}"
    yield ""
    yield f"- Severity: {_severity(rule)}. Dimension: {rule.dimension}. Since version {rule.valid_from} of the form."
    if rule.thresholds:
        yield "- Thresholds: " + ", ".join(f"`{name}` {value:,}" for name, value in rule.thresholds.items()) + "."
    if rule.status == "shadow":
        yield "- In the shadow: it runs and is counted, and nobody is asked."
    if rule.holds_from:
        yield f"- Live from {rule.holds_from} on; in the shadow until then."
    if rule.holds_back:
        yield "- Holds back all figures of the organisation in that year until it is settled."
    yield f"- Source: {_source(rule)}."
    for name, sql in rule.terms.items():
        yield f"- `{{{name}}}` stands for `{sql}`."
    for case in rule.cases:
        yield ""
        yield from _case(case)


def _case(case: Case) -> Iterator[str]:
    fields = ", ".join(f"`{field}`" for field in case.fields)
    louder = [*([case.unless] if case.unless else []), *case.quiet_where, *case.quiet_in_row]
    quiet = f" It keeps quiet where {' or '.join(louder)} fires." if louder else ""
    yield f"Looks at `{case.over}`" + (f", {fields}" if fields else "") + f".{quiet} It fires where"
    yield ""
    yield "```sql"
    if case.when:
        yield " ".join(case.when.split())
    if case.shape:
        yield f"-- not of the shape {case.shape}"
    if case.pattern:
        yield f"-- holds {case.pattern}"
    if case.error_when:
        yield f"-- an error where {' '.join(case.error_when.split())}"
    if case.low or case.high:
        yield f"-- expected: {' and '.join(_bounds(case))}"
    yield "```"
    yield ""
    yield f"> {_spoken(case.say)}"
    yield ">"
    yield f"> {_spoken(case.ask)}"


def _severity(rule: Rule) -> str:
    return f"{rule.severity} or error" if any(case.error_when for case in rule.cases) else rule.severity


def _source(rule: Rule) -> str:
    if rule.source == "project default":
        return "a default of this project"
    return f"{rule.source} ({_VERIFIED[rule.verified]})"


def _bounds(case: Case) -> Iterator[str]:
    if case.low:
        yield f"at least {case.low}"
    if case.high:
        yield f"at most {case.high}"


def _spoken(sentence: str) -> str:
    """A sentence with its places in angle brackets, as a reader of the page needs them."""
    return re.sub(
        r"\{([^}]*)\}", lambda place: f"‹{_place(place[1])}›", " ".join(sentence.replace("{field}", "figure").split())
    )


def _place(place: str) -> str:
    words = place.rpartition(":")[0] or place
    if words.startswith("case "):
        return "one of: " + "; ".join(re.findall(r"(?:then|else) '([^']*)'", words))
    if "(" in words:
        return "ratio" if words.startswith("round(") else "number"
    return words.replace("_", " ")


def _anchor(rule: Rule) -> str:
    return re.sub(r"[^a-z0-9 -]", "", f"{rule.code} {rule.title}".lower()).replace(" ", "-")


if __name__ == "__main__":
    PAGE.write_text(page(read_catalogue(), read_left_out()), encoding="utf-8")
