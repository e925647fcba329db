"""What a machine that watches may read, what it finds there, and that the processes' counts are added up."""

from __future__ import annotations

import json
import multiprocessing
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.access.counting import count, counted, forget_counts
from console.access.roles import ROLES

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.xdist_group("console")
TOKEN = "a-token-of-the-tests"
SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.]+(e-?[0-9]+)?')


def _figures(client: Client, **headers: str) -> dict[str, float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not SAMPLE.fullmatch(line)] == []
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_it_says_what_the_release_and_the_home_say(administrator: Client, home: Path) -> None:
    import duckdb

    figures = _figures(administrator)
    mart = home / "releases" / "current" / "parquet" / "alerts.parquet"
    open_ones = duckdb.sql(f"select severity, count(*) from '{mart}' where not is_settled group by 1").fetchall()
    shown = {name[30:-2]: value for name, value in figures.items() if name.startswith("returns_alerts_open") and value}
    assert shown == dict(open_ones)
    night = json.loads(max((home / "nights").glob("*.json")).read_text())
    age = (datetime.now(UTC) - datetime.fromisoformat(night["started_at"])).total_seconds()
    assert figures["returns_last_night_age_seconds"] == pytest.approx(age, abs=30)
    assert figures["returns_last_night_succeeded"] == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"started_at": 7}', b"\xff"])
def test_a_record_of_a_run_that_is_damaged_is_passed_by(administrator: Client, home: Path, content: bytes) -> None:
    damaged = home / "nights" / "99990101T000000000000Z.json"
    before = _figures(administrator)["returns_last_night_age_seconds"]
    # Its number makes it the newest.
    damaged.write_bytes(content.replace(b"7", b'7, "sequence": 9999'))
    try:
        after = _figures(administrator)["returns_last_night_age_seconds"]
    finally:
        damaged.unlink()
    assert after == pytest.approx(before, abs=30)


def test_a_wrong_password_and_an_answer_are_counted(administrator: Client, sign_in: Callable[[str], Client]) -> None:
    before = _figures(administrator)
    told = {"username": "nobody@example.org", "password": "no"}
    sign_in("").post("/sign-in/", told, REMOTE_ADDR="192.0.2.31")
    sign_in("").get("/no-such-page/")
    after = _figures(administrator)
    assert after["returns_console_sign_ins_refused_total"] == before["returns_console_sign_ins_refused_total"] + 1
    missing = 'returns_console_request_seconds_count{status="404"}'
    assert after[missing] == before.get(missing, 0) + 1
    assert after['returns_console_request_seconds_bucket{status="404",le="+Inf"}'] == after[missing]


def _answer_slowly(home: Path) -> None:
    for _ in range(50):
        count(home, 200, 0.5)


def test_the_counts_of_all_processes_are_added_and_begin_anew_with_the_console(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_answer_slowly, args=(tmp_path,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    count(tmp_path, 200, 0.01)
    count(tmp_path, 500, 60)
    assert counted(tmp_path) == {
        200: ([1, 0, 0, 100, 0, 0, 0], pytest.approx(50.01)),
        500: ([0, 0, 0, 0, 0, 0, 1], 60),
    }
    forget_counts(tmp_path)
    assert counted(tmp_path) == {}


def test_a_machine_reads_it_by_its_token_and_reads_nothing_else(
    sign_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    stranger = sign_in("")
    # Where no token is set, an empty one opens nothing.
    assert stranger.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
    monkeypatch.setattr(settings, "METRICS_TOKEN", TOKEN)
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert _figures(stranger, **right)
    assert stranger.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 401
    assert stranger.post("/metrics", headers=right).status_code == 401
    assert stranger.get("/metrics")["Location"].startswith("/sign-in/")
    assert stranger.get("/users/", headers=right)["Location"].startswith("/sign-in/")
    told = {role: sign_in(role).get("/metrics").status_code for role in ROLES}
    assert told == dict.fromkeys(ROLES, 403) | {"administrator": 200}
