"""A release of an earlier version opens: what was called otherwise then is found under its name of today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reporting.kpi_pages import kpi_page, kpi_pages, programme_page
from reporting.year_report import cluster_report, programme_report
from tests.reporting.small_release import YEAR, make_release, marts_of_small

_THEN = {"quality_rating": "confidence", "quality_reason": "confidence_reason"}


def _as_then(row: Any) -> dict[str, Any]:
    return {_THEN.get(column, column): value for column, value in row.items()}


def test_reports_and_pages_of_a_release_with_other_names_open(tmp_path: Path) -> None:
    marts = {name: [_as_then(row) for row in rows] for name, rows in marts_of_small().items()}
    figures = make_release(tmp_path, **marts)
    said = repr(programme_report(figures, YEAR))
    assert "Quality rating of turnover: high for Smethwick and Walsall, since nearly all answered." in said
    cluster_report(figures, "walsall", YEAR)
    programme_page(figures, YEAR)
    for name in kpi_pages():
        kpi_page(figures, name, YEAR)
