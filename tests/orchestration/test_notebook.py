"""The notebook runs from top to bottom on the demo's release."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("demo")


def test_every_cell_runs_and_every_chart_has_its_figures(
    demo_home: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETURNS_HOME", str(demo_home))
    spec = importlib.util.spec_from_file_location("kpis", project / "notebooks" / "kpis.py")
    assert spec
    assert spec.loader
    notebook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(notebook)
    _, made = notebook.app.run()
    assert made["release"] == (demo_home / "releases" / "current").resolve()
    rows = {name: len(made[name].data) for name in ("turnover_chart", "growth_chart", "jobs_chart", "carbon_chart")}
    # Four clusters and four years, growth from the second on, carbon in three scopes.
    assert rows == {"turnover_chart": 16, "growth_chart": 12, "jobs_chart": 16, "carbon_chart": 48}
    assert len(made["sure"]) == 16
    drawn = made["hours_chart"].to_dict()
    assert [layer["mark"]["type"] for layer in drawn["layer"]] == ["rule", "point"]
