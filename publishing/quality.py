"""The quality report of a release: what the gate expected of each mart, why, and that it held.

Great Expectations' own Data Docs load scripts and fonts from eight places on the internet, which so learn who reads
them, and they cannot be read without a network; this page says the same and loads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from publishing.dictionary import PAGE_STYLE

# mart, expectation, column (or null), why, passed, unexpected (rows that broke it)
Expectation = Mapping[str, Any]


def write_quality(folder: Path, expectations: Sequence[Expectation]) -> None:
    """Write `quality-report.json` and `quality-report.html` into the folder of a release."""
    in_order = sorted(expectations, key=lambda one: (one["mart"], one["expectation"], one["column"] or ""))
    text = json.dumps({"expectations": in_order}, indent=2, ensure_ascii=False) + "\n"
    (folder / "quality-report.json").write_text(text, encoding="utf-8")
    (folder / "quality-report.html").write_text(_page(in_order), encoding="utf-8")


def _page(expectations: Sequence[Expectation]) -> str:
    held = sum(bool(one["passed"]) for one in expectations)
    sections = "".join(
        _section(mart, list(of_mart)) for mart, of_mart in groupby(expectations, key=lambda one: str(one["mart"]))
    )
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Quality report</title>\n<style>{PAGE_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>Quality report</h1>\n<p>Great Expectations audited the marts before they were published: {held:,} of "
        f"{len(expectations):,} expectations held.</p>\n{sections}</main>\n</body>\n</html>\n"
    )


def _section(mart: str, expectations: Sequence[Expectation]) -> str:
    rows = "".join(
        f"<tr><td>{_outcome(one)}</td>"
        f"<td><code>{escape(one['column'] or '')}</code></td>"
        f"<td>{escape(one['expectation'].removeprefix('expect_').replace('_', ' '))}</td>"
        f"<td>{escape(one['why'])}</td></tr>\n"
        for one in expectations
    )
    return (
        f"<section>\n<h2>{escape(mart)}</h2>\n<table>\n<caption>{len(expectations)} expectations.</caption>\n"
        '<thead><tr><th scope="col">Outcome</th><th scope="col">Column</th><th scope="col">Expectation</th>'
        f'<th scope="col">Why</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</section>\n'
    )


def _outcome(one: Expectation) -> str:
    return "held" if one["passed"] else f"broken by {one['unexpected']:,} rows"
