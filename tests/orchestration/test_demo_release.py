"""The demo's figures are those that were reviewed: a change of meaning shows as a difference in demo_release.yml."""

from pathlib import Path

import pytest
import yaml

from tests.orchestration.demo_figures import FILE, figures_of

pytestmark = pytest.mark.xdist_group("demo")


def test_the_demo_says_what_was_reviewed(demo_home: Path) -> None:
    reviewed = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    found = figures_of(demo_home)
    assert found["rows"] == reviewed["rows"], "What changed? See demo_figures.py"
    assert found["headlines"].keys() == reviewed["headlines"].keys()
    for mart, clusters in found["headlines"].items():
        assert len(clusters) == 4
        for cluster, figures in clusters.items():
            expected = reviewed["headlines"][mart][cluster]
            assert figures == pytest.approx(expected, abs=1e-6), f"{mart}, {cluster}: see demo_figures.py"
