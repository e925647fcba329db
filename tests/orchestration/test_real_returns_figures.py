"""Turnover of seven boroughs over six years, computed with pandas from the files themselves, to the penny.

Nothing of the pipeline is used to read, match or compute: files are opened with pandas, organisations are matched by
the number in their row, and growth is worked out from those. Only which error holds a figure back is taken over.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.orchestration.conftest import query

pytestmark = pytest.mark.xdist_group("real")
SMALL_BASE_GBP = 5000  # the definition of turnover growth: a change from less says nothing
NUMBER = re.compile(r"(?i)reg[a-z]*[ _.]+n")
YEARS = [f"{start}-{start - 1999}" for start in range(2010, 2016)]


def returned(file: Path) -> pd.DataFrame:
    """One return as pandas reads it: number and turnover of each row in the order of the file."""
    if file.suffix == ".csv":
        semicolons = file.read_bytes().startswith(b"\xef\xbb\xbf")
        rows = pd.read_csv(
            file, sep=";" if semicolons else ",", encoding="utf-8-sig" if semicolons else "cp1252", dtype=str
        )
    else:
        sheets = pd.read_excel(file, sheet_name=None, header=None, engine="calamine", dtype=str)
        table = list(sheets.values())[-1]
        header = next(
            place for place, row in enumerate(table.to_numpy()) if any(NUMBER.match(str(cell)) for cell in row)
        )
        rows = table.iloc[header + 1 :].set_axis(table.iloc[header].to_list(), axis=1)
    number = next(name for name in rows.columns if NUMBER.match(str(name)))
    money = next(name for name in rows.columns if str(name).lower().startswith("turnover"))
    plain = rows[money].str.replace(r"^\((.*)\)$", r"-\1", regex=True).str.replace(r"[£,\s]", "", regex=True)
    turnover = pd.to_numeric(plain, errors="coerce") * (1000 if "000" in str(money) else 1)
    found = pd.DataFrame({"number": rows[number], "turnover": turnover.round(2)})
    found["number"] = found["number"].str.strip().str.upper()
    return found[found["number"].notna()]


@pytest.fixture(scope="module")
def sent(shared: Path) -> pd.DataFrame:
    """One row per borough, organisation and year of all 42 returns."""
    every = []
    for file in sorted((shared / "real" / "returns").rglob("*.*")):
        borough, year = re.fullmatch(r"([a-z]+)-(\d{4}-\d{2})", file.stem).groups()  # type: ignore[union-attr]
        every.append(returned(file).assign(borough=borough, year=year))
    rows = pd.concat(every, ignore_index=True)
    assert len(rows) == 1175
    keys = ["borough", "year", "number"]
    rows["twice"] = rows.duplicated(keys, keep=False)
    return rows.drop_duplicates(keys, keep="first")


@pytest.fixture(scope="module")
def pairs(sent: pd.DataFrame, real_home: Path) -> pd.DataFrame:
    """Each organisation-year beside the year before, with whether the pair counts for growth."""
    wrong = {
        (cluster, organisation.split("-")[-1].lstrip("0"), year)
        for cluster, organisation, year in query(
            real_home,
            """
            select cluster_id, organisation_id, reporting_year from alerts
            where rule_code = 'P01' and holds_back
            """,
        )
    }
    assert len(wrong) == 1
    keys = zip(sent["borough"], sent["number"].str.lstrip("0"), sent["year"], strict=True)
    this = sent.assign(held=sent["twice"] | pd.Series([key in wrong for key in keys], index=sent.index))
    last = this.assign(year=this["year"].map(dict(zip(YEARS, [*YEARS[1:], None], strict=True))))
    both = this.merge(last, on=["borough", "number", "year"], how="left", suffixes=("", "_last"))
    both["counted"] = (
        both["turnover"].notna()
        & (both["turnover_last"] >= SMALL_BASE_GBP)
        & ~both["held"]
        & (both["held_last"] != True)  # noqa: E712 - nothing is known of a year that was not sent
    )
    both["growth"] = (both["turnover"] / both["turnover_last"] - 1).where(both["counted"])
    return both


def test_the_growth_of_every_organisation(pairs: pd.DataFrame, real_home: Path) -> None:
    found = {
        (cluster, organisation.split("-")[-1].lstrip("0"), year): (turnover, growth)
        for cluster, organisation, year, turnover, growth in query(
            real_home,
            """
            select cluster_id, organisation_id, reporting_year, turnover_gbp, growth_ratio
            from turnover_by_organisation
            """,
        )
    }
    numbers = zip(pairs["borough"], pairs["number"].str.lstrip("0"), pairs["year"], strict=True)
    expected = dict(zip(numbers, zip(pairs["turnover"], pairs["growth"], strict=True), strict=True))
    assert found.keys() == expected.keys()
    counted = 0
    for key, (turnover, growth) in expected.items():
        assert found[key][0] == (None if np.isnan(turnover) else pytest.approx(turnover, abs=0.005)), key
        assert found[key][1] == (None if np.isnan(growth) else pytest.approx(growth, abs=5.1e-7)), key
        counted += not np.isnan(growth)
    assert counted == 633


def test_levels_growth_medians_and_shares_of_every_borough_and_year(pairs: pd.DataFrame, real_home: Path) -> None:
    found = {
        (cluster, year): figures
        for cluster, year, *figures in query(
            real_home,
            """
            select
                cluster_id, reporting_year, organisations, organisations_with_turnover, turnover_gbp,
                growth_organisations, like_for_like_turnover_gbp, like_for_like_previous_gbp,
                like_for_like_growth_ratio, median_growth_ratio, at_target_organisations, share_at_target
            from turnover_by_cluster
            """,
        )
    }
    assert len(found) == 42
    for (borough, year), rows in pairs.groupby(["borough", "year"]):
        counted = rows[rows["counted"]]
        now, before = counted["turnover"].sum(), counted["turnover_last"].sum()
        at_target = int((counted["growth"] >= 0.15).sum())
        expected = [
            len(rows),
            int(rows["turnover"].notna().sum()),
            pytest.approx(rows["turnover"].sum(), abs=0.005),
            len(counted),
            pytest.approx(now, abs=0.005) if len(counted) else None,
            pytest.approx(before, abs=0.005) if len(counted) else None,
            pytest.approx(now / before - 1, abs=5.1e-7) if len(counted) >= 5 else None,
            pytest.approx(counted["growth"].median(), abs=5.1e-7) if len(counted) >= 5 else None,
            at_target,
            pytest.approx(at_target / len(counted), abs=5.1e-7) if len(counted) >= 10 else None,
        ]
        assert found[borough, year] == expected, (borough, year)


def test_levels_growth_median_and_share_of_the_programme_in_every_year(pairs: pd.DataFrame, real_home: Path) -> None:
    found = {
        year: figures
        for year, *figures in query(
            real_home,
            """
            select
                reporting_year, organisations, organisations_counted_once, turnover_gbp, turnover_of_clusters_gbp,
                growth_organisations, like_for_like_turnover_gbp, like_for_like_previous_gbp,
                like_for_like_growth_ratio, median_growth_ratio, share_at_target
            from programme_turnover
            """,
        )
    }
    for year, rows in pairs.groupby("year"):
        once = rows.sort_values("borough").drop_duplicates("number", keep="last")
        counted = once[once["counted"]]
        some = len(counted) >= 5
        now, before = counted["turnover"].sum(), counted["turnover_last"].sum()
        expected = [
            len(once),
            len(rows) - len(once),
            pytest.approx(once["turnover"].sum(), abs=0.005),
            pytest.approx(rows["turnover"].sum(), abs=0.005),
            len(counted),
            pytest.approx(now, abs=0.005) if some else None,
            pytest.approx(before, abs=0.005) if some else None,
            pytest.approx(now / before - 1, abs=5.1e-7) if some else None,
            pytest.approx(counted["growth"].median(), abs=5.1e-7) if some else None,
            pytest.approx((counted["growth"] >= 0.15).mean(), abs=5.1e-7) if len(counted) >= 10 else None,
        ]
        assert found[year] == expected, year
    assert len(found) == 6
