"""The public edition of the demo's release: what it must not tell, and that it does not."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.publishing.attack import Interval, Place, attack, declared, truth

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def release(demo_home: Path) -> Path:
    return (demo_home / "releases" / "current").resolve()


@pytest.fixture(scope="module")
def found(release: Path) -> dict[Place, Interval]:
    return dict(attack(release / "public" / "csv"))


def test_no_hidden_count_of_people_can_be_worked_out(release: Path, found: dict[Place, Interval]) -> None:
    small = {place: interval for place, interval in found.items() if 0 < truth(release, place) < 10}
    assert len(small) > 20
    for place, interval in small.items():
        assert interval.low <= 1, place
        assert interval.high >= 9, place


def test_no_count_of_one_to_nine_people_is_shown(release: Path) -> None:
    told = declared()
    looked_at = 0
    for mart, about in told.items():
        for column in about.get("people", []):
            shown = pd.read_csv(release / "public" / "csv" / f"{mart}.csv")[column]
            figures = pd.to_numeric(shown[shown != "[c]"])
            looked_at += len(figures)
            assert not ((figures > 0) & (figures < 10)).any(), (mart, column)
    assert looked_at > 200


def test_every_sum_that_is_shown_has_contributors_enough(release: Path) -> None:
    """Worked out with pandas, from the CSV files of the internal edition."""
    told = declared()
    looked_at = 0
    for mart, about in told.items():
        public = pd.read_csv(release / "public" / "csv" / f"{mart}.csv", dtype=str, keep_default_na=False)
        for column, where in about.get("money", {}).items():
            source, figure = where["of"].split(".")
            rows = pd.read_csv(release / "csv" / f"{source}.csv")
            rows = rows.query(where["where"]) if "where" in where else rows
            keys = [key for key in about["keys"] if key in rows.columns]
            by_organisation = rows.groupby([*keys, "organisation_id"])[figure].sum(min_count=1).dropna()
            nothing = ["0.0"] if column.removesuffix("_gbp").endswith("_excluded") else []
            for _, row in public[~public[column].isin(["", "[c]", *nothing])].iterrows():
                of_row = by_organisation.xs(tuple(row[keys]), level=keys) if keys else by_organisation
                parts = of_row[of_row > 0].sort_values(ascending=False)
                assert len(parts) >= 5, (mart, column)
                assert parts.iloc[0] <= 0.7 * parts.sum(), (mart, column)
                assert parts.iloc[:2].sum() <= 0.85 * parts.sum(), (mart, column)
                looked_at += 1
    assert looked_at > 200


def test_nothing_of_one_organisation_is_in_the_public_edition(release: Path) -> None:
    organisations = pd.read_csv(release / "csv" / "organisations.csv", dtype=str)
    # A cluster's lead agency is named, whoever it is.
    lead_agencies = set(pd.read_csv(release / "csv" / "clusters.csv")["lead_agency"])
    names = {name for name in organisations["organisation_name"] if len(name) > 8} - lead_agencies
    ids = set(organisations["organisation_id"])
    assert len(ids) > 200
    for file in sorted((release / "public").rglob("*.csv")):
        words = set(pd.read_csv(file, dtype=str, keep_default_na=False).to_numpy().ravel())
        assert not words & (names | ids), file.name
    marts = {file.stem for file in (release / "public" / "csv").glob("*.csv")}
    assert not {mart for mart in marts if mart.endswith("_by_organisation") or "alert" in mart or "decision" in mart}


def test_nothing_adds_up_that_is_not_declared(release: Path) -> None:
    """No two figures of a cluster and year are always the same, and none is always the sum of two others.

    But for what is declared: of hours and their values either all are shown or none.
    """
    together = [set(told) for about in declared().values() for told in about.get("together", [])]
    figures: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}
    for mart, about in declared().items():
        if about["keys"] == ["cluster_id", "reporting_year"]:
            rows = pd.read_csv(release / "csv" / f"{mart}.csv").sort_values(about["keys"])
            columns = [*about.get("people", []), *about.get("money", {})]
            # what is nothing in every cluster and year tells of nobody
            figures |= {f"{mart}.{column}": rows[column].to_numpy(float) for column in columns if rows[column].any()}
    assert len(figures) > 20
    for one, other in combinations(figures, 2):
        if np.allclose(figures[one], figures[other], rtol=0, atol=0.02):
            assert any({one.split(".")[1], other.split(".")[1]} <= told for told in together), (one, other)
        for total in figures.keys() - {one, other}:
            assert not np.allclose(figures[total], figures[one] + figures[other], rtol=0, atol=0.02), (
                total,
                one,
                other,
            )
