"""The whole story in a browser: a wrong figure is sent, found, asked about, answered, and right the next night.

Two people work in two browsers on a home of their own, served as it would be; the nights are those of the command.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.browser import open_browser, violations
from tests.orchestration.conftest import demo_home  # noqa: F401

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("story")

_ENV = {name: value for name, value in os.environ.items() if not name.startswith(("RETURNS_", "DJANGO_", "DATABASE_"))}


@dataclass(frozen=True)
class Wrong:
    """A figure of the demo that had no alert, and the workbook in which it was typed with three noughts too many."""

    cluster_id: str
    organisation_id: str
    organisation_name: str
    cell: str
    right: int
    workbook: Path


@pytest.fixture(scope="module")
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    ready = os.environ.get("RETURNS_TEST_HOME")
    where = tmp_path_factory.mktemp("story") / "home"
    shutil.copytree(ready or request.getfixturevalue("demo_home"), where, symlinks=True)
    return where


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[tuple[str, str]]:
    """The address of the console, and the password of the demo's people."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{free.getsockname()[1]}"
    server = subprocess.Popen(
        [sys.executable, "-m", "console", "serve", "--demo", "--home", str(home), "--bind", bind],
        env=_ENV | {"RETURNS_CONSOLE_WORKERS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert server.stdout
    password = ""
    try:
        for line in server.stdout:
            if found := re.search(r"steward@example\.org +(\S+)", line):
                password = found[1]
            if "Booting worker" in line:
                break
        yield f"http://{bind}", password
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.communicate(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def wrong(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Wrong:
    ((cluster_id, receipt, file_name),) = _select(
        home,
        """
        select cluster_id, receipt_id, file_name from returns
        where reporting_year = '2025-26' order by cluster_id limit 1
        """,
    )
    ((organisation_id, name, cell, right),) = _select(
        home,
        f"""
        select organisation_id, organisation_name, cell, cast(turnover_gbp as bigint)
        from turnover_by_organisation
        where cluster_id = '{cluster_id}' and reporting_year = '2025-26' and growth_ratio between 0 and 0.2
            and organisation_id not in (select organisation_id from alerts where organisation_id is not null)
        order by organisation_name limit 1
        """,
    )
    sent = home / "archive" / receipt[:2] / receipt / "content"
    workbook = tmp_path_factory.mktemp("typed") / file_name
    with zipfile.ZipFile(sent) as parts, zipfile.ZipFile(workbook, "w", zipfile.ZIP_DEFLATED) as typed:
        changed = 0
        for part in parts.infolist():
            content = parts.read(part)
            if part.filename.startswith("xl/worksheets/"):
                was = rf'(<c r="{cell}"[^>]*><v>){right}(</v>)'.encode()
                content, times = re.subn(was, rf"\g<1>{right}000\g<2>".encode(), content)
                changed += times
            typed.writestr(part, content)
    assert changed == 1
    return Wrong(cluster_id, organisation_id, name, cell, right, workbook)


def test_a_wrong_figure_is_found_asked_about_answered_and_put_right(
    home: Path, served: tuple[str, str], browser: Browser, wrong: Wrong
) -> None:
    agency, steward = (_signed_in(browser, served, role) for role in ("agency", "steward"))
    _check_and_send(agency, served[0], wrong)
    _night(home)
    assert _turnover(home, wrong) == (wrong.right * 1000, True)
    alert = _alert_of(home, wrong)
    _find_and_ask(steward, served[0], wrong, alert)
    _answer(agency, wrong)
    _accept(steward, served[0], alert)
    _night(home)
    assert _turnover(home, wrong) == (wrong.right, False)
    steward.goto(f"{served[0]}/alerts/?cluster_id={wrong.cluster_id}&rule_code=P01")
    assert wrong.organisation_name not in steward.locator("main ul.console-alerts").inner_text()
    # What was decided is shown for ever, also about an alert that is gone.
    steward.goto(f"{served[0]}/alerts/{alert}/")
    shown = steward.locator("main").inner_text()
    assert "superseded" in shown.lower()
    assert "Three noughts too many" in shown
    assert violations(steward) == []


def test_an_alert_is_decided_by_keyboard_alone_and_without_javascript(
    served: tuple[str, str], browser: Browser
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{served[0]}/sign-in/")
    _tab_to(page, "username")
    page.keyboard.type("steward@example.org")
    _tab_to(page, "password")
    page.keyboard.type(served[1])
    page.keyboard.press("Enter")
    page.get_by_text("Signed in as").wait_for()
    page.goto(f"{served[0]}/alerts/?rule_code=V06")
    _tab_to(page, "V06 ")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/alerts/[0-9a-f]{32}/$"))
    _tab_to(page, "acknowledge")
    page.keyboard.press("Space")
    _tab_to(page, "Decide")
    page.keyboard.press("Enter")
    page.get_by_text("Your decision is kept").wait_for()
    assert "acknowledged" in page.locator("main").inner_text()


def _tab_to(page: Page, what: str) -> None:
    """Press Tab until what has the focus is called so, or begins so, as somebody without a mouse would."""
    for _ in range(200):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count():
            continue  # the browser's own bars, between the end of the page and its beginning
        called = [focused.get_attribute("name"), focused.get_attribute("value"), focused.inner_text()]
        if any(one is not None and one.startswith(what) for one in called):
            return
    raise AssertionError(f"Nothing called {what} can be reached by keyboard.")


def _check_and_send(agency: Page, address: str, wrong: Wrong) -> None:
    """The lead agency checks its return, sees what is wrong and where, and sends it all the same."""
    _click(agency, "Returns")
    agency.get_by_role("button", name="Check and send a return").click()
    agency.set_input_files("input[type=file]", wrong.workbook)
    agency.get_by_role("button", name="Check", exact=True).click()
    asked = agency.locator("li", has_text=f"Organisations, cell {wrong.cell}").first
    assert wrong.organisation_name in asked.inner_text()
    assert f"Turnover of £{wrong.right * 1000:,}" in asked.inner_text()
    agency.get_by_role("button", name="Send this return").click()
    agency.get_by_label("name").fill("Ada Example")
    agency.get_by_role("checkbox").check()
    agency.get_by_role("button", name="Sign off and send").click()
    assert agency.locator("h1").inner_text() == "Return sent"


def _find_and_ask(steward: Page, address: str, wrong: Wrong, alert: str) -> None:
    """The steward finds the alert, looks at it, and makes a letter of it."""
    steward.goto(f"{address}/alerts/?cluster_id={wrong.cluster_id}&rule_code=P01")
    steward.get_by_role("link", name=re.compile(f"P01 {re.escape(wrong.organisation_name)}")).click()
    assert "Times" in (shown := steward.locator("main").inner_text()) or "Divided by" in shown
    assert violations(steward) == []
    steward.goto(f"{address}/queries/choose/?cluster_id={wrong.cluster_id}")
    steward.check(f"#alert-{alert}")
    steward.get_by_role("button", name="Ask about those chosen").click()
    steward.get_by_role("button", name=re.compile("^Make ")).click()


def _answer(agency: Page, wrong: Wrong) -> None:
    """The lead agency sees the question and gives the right figure."""
    _click(agency, "Queries")
    agency.locator("tbody a").first.click()
    agency.get_by_role("button", name="Start answering").click()
    agency.locator("input[name=kind][value=figure]").check()
    agency.locator("input[name=new_value]").fill(f"{wrong.right:,}")
    agency.locator("textarea[name=explanation]").fill("Three noughts too many; the accounts of 31 March 2026 say so.")
    agency.get_by_role("button", name="Save the answer").click()


def _accept(steward: Page, address: str, alert: str) -> None:
    """The steward sees that there is an answer, and accepts it."""
    steward.goto(f"{address}/alerts/{alert}/")
    assert "explained, waiting for approval" in steward.locator("main").inner_text().lower()
    _click(steward, "Queries")
    steward.locator("tbody a").first.click()
    steward.get_by_role("button", name=re.compile("^Accept all")).click()
    steward.goto(f"{address}/alerts/{alert}/")
    assert "resolved: corrected" in steward.locator("main").inner_text().lower()


def _signed_in(browser: Browser, served: tuple[str, str], role: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{served[0]}/sign-in/")
    page.fill("[name=username]", f"{role}@example.org")
    page.fill("[name=password]", served[1])
    page.get_by_role("button", name="Sign in").click()
    return page


def _click(page: Page, link: str) -> None:
    page.get_by_role("navigation", name="Menu").get_by_role("link", name=link).click()


def _night(home: Path) -> None:
    """A night, which publishes another release."""
    before = (home / "releases" / "current").resolve().name
    command = [sys.executable, "-m", "orchestration.cli", "nightly", "--home", str(home)]
    done = subprocess.run(command, env=_ENV, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (home / "releases" / "current").resolve().name != before


def _select(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "releases" / "current" / "marts.duckdb"), read_only=True) as marts:
        return marts.execute(sql).fetchall()


def _turnover(home: Path, wrong: Wrong) -> tuple[int, bool]:
    (found,) = _select(
        home,
        f"""
        select cast(turnover_gbp as bigint), is_held_back from turnover_by_organisation
        where organisation_id = '{wrong.organisation_id}' and cluster_id = '{wrong.cluster_id}'
            and reporting_year = '2025-26'
        """,
    )
    return found[0], found[1]


def _alert_of(home: Path, wrong: Wrong) -> str:
    ((alert,),) = _select(
        home,
        f"select alert_id from alerts where organisation_id = '{wrong.organisation_id}' and rule_code = 'P01'",
    )
    return str(alert)
