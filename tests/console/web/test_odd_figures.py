"""One organisation with an odd figure or an odd name never ends a page, for itself or for the others."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")
CLUSTER, YEAR = "walsall", "2022-23"  # a return that is accepted: no error of it is open
FIGURES = ("-1000000", "0", "null", "1e15", "0.0000001", "-0.004", "1")
NAMES = (
    "",
    " ",
    "=1+1",
    "<script>alert(1)</script>",
    "\u202eTrust",
    "\U0001f300\u0e01",
    "x" * 900,
    "A/B?c#d%e",
    "O'Brien",
)


@contextmanager
def _altered(home: Path, release_id: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the current release whose marts can be changed; it is the current one from then on, and for a while."""
    from console import releases

    current = home / "releases" / "current"
    was, made = current.resolve(), home / "releases" / release_id
    shutil.copytree(was, made)
    current.unlink()
    current.symlink_to(made.name)
    marts = duckdb.connect(str(made / "marts.duckdb"))
    try:
        yield marts
    finally:
        current.unlink()
        current.symlink_to(was.name)
        releases._open.pop(made, None)
        shutil.rmtree(made)


def _columns(marts: duckdb.DuckDBPyConnection, marts_named: str) -> dict[str, list[tuple[str, str]]]:
    """Columns and their types by mart."""
    found: dict[str, list[tuple[str, str]]] = {}
    rows = marts.execute(
        "select table_name, column_name, data_type from duckdb_columns() where table_name like ? order by all",
        [marts_named],
    )
    for table, column, kind in rows.fetchall():
        found.setdefault(table, []).append((column, kind))
    return found


@pytest.fixture(scope="module")
def odd(home: Path) -> Iterator[list[str]]:
    """The current release has odd figures and names in the marts of organisations; the ids of theirs."""
    with _altered(home, "20990101T000000Z") as marts:
        found = marts.execute(
            "select distinct organisation_id from turnover_by_organisation where cluster_id = ? and reporting_year = ? "
            "and organisation_id is not null order by 1",
            [CLUSTER, YEAR],
        ).fetchall()
        ids = [row[0] for row in found][: max(len(FIGURES), len(NAMES))]
        for place, organisation in enumerate(ids):
            figure, name = FIGURES[place % len(FIGURES)], NAMES[place % len(NAMES)].replace("'", "''")
            for table, columns in _columns(marts, "%_by_organisation").items():
                changes = [f'"{column}" = try_cast({figure} as {kind})' for column, kind in columns if _is_number(kind)]
                changes += [f"organisation_name = '{name}'" for column, _ in columns if column == "organisation_name"]
                if changes and any(column == "organisation_id" for column, _ in columns):
                    marts.execute(
                        f"update {table} set {', '.join(changes)} where organisation_id = ? and cluster_id = ?",
                        [organisation, CLUSTER],
                    )
        marts.close()
        yield ids


def _is_number(kind: str) -> bool:
    return kind.startswith(("DOUBLE", "DECIMAL", "BIGINT", "INTEGER", "HUGEINT"))


def test_every_page_opens_with_every_chart_and_file(odd: list[str], sign_in: Callable[[str], Client]) -> None:
    agency, officer, steward = sign_in("agency"), sign_in("officer"), sign_in("steward")
    here = f"/returns/{CLUSTER}/{YEAR}/"
    pages = [(agency, "/returns/"), (agency, here), (agency, f"{here}figures/")]
    pages += [(agency, f"{here}organisations/{one}/") for one in odd]
    pages += [(officer, "/kpis/"), (officer, "/kpis/all/"), (steward, "/alerts/"), (steward, "/queries/choose/")]
    pages += [(officer, f"/data/marts/turnover_by_organisation/?sort=turnover_gbp{down}") for down in ("", "&down=on")]
    opened = 0
    for client, address in pages:
        answer = client.get(address)
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert "<script>alert" not in page
        # What a page shows and offers: its charts and the files of its tables.
        for part in re.findall(r'(?:src|href)="((?:/returns/|/kpis/)[^"]+\.(?:svg|csv|xlsx)[^"]*)"', page):
            got = client.get(part.replace("&amp;", "&"))
            assert got.status_code == 200, part
            opened += 1
    assert opened > 20


@pytest.mark.parametrize("figure", ["-1000000", "0", "null", "1e15"])
def test_every_kpi_opens_whatever_a_cluster_has(home: Path, figure: str, sign_in: Callable[[str], Client]) -> None:
    from reporting.kpi_pages import kpi_pages

    with _altered(home, f"20990102T00000{['-1000000', '0', 'null', '1e15'].index(figure)}Z") as marts:
        for table, columns in _columns(marts, "%_by_cluster").items():
            changes = [f'"{column}" = try_cast({figure} as {kind})' for column, kind in columns if _is_number(kind)]
            if changes:
                marts.execute(f"update {table} set {', '.join(changes)} where cluster_id = ?", [CLUSTER])
        marts.close()
        officer = sign_in("officer")
        for name in kpi_pages():
            assert officer.get(f"/kpis/{name}/?year=2025-26").status_code == 200, name
        assert officer.get("/kpis/?year=2025-26").status_code == 200


def test_alerts_and_their_evidence_open(odd: list[str], sign_in: Callable[[str], Client]) -> None:
    from django.conf import settings

    from console.releases import current_release

    found = current_release(settings.HOME).query(
        "select min(alert_id) as one from alerts group by rule_code, (organisation_id is null) order by 1"
    )
    steward = sign_in("steward")
    for row in found:
        assert steward.get(f"/alerts/{row['one']}/").status_code == 200, row["one"]
