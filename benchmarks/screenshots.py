"""Pictures of the console's main pages, from the demo, for the documentation.

`make screenshots`. Serves a copy of a home of the demo, does in a browser what its people would do, and keeps what
they see in docs/screenshots. Needs Chromium.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
import duckdb

from benchmarks.console_load import serving
from orchestration.home import PROJECT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = PROJECT / "docs" / "screenshots"
_WIDE, _HIGH = 1280, 900
_PATIENCE_MS = 300_000


class _Person:
    """Somebody signed in, whose pages are kept as pictures."""

    def __init__(self, browser: Browser, address: str, role: str, password: str, folder: Path) -> None:
        self.page: Page = browser.new_page(viewport={"width": _WIDE, "height": _HIGH})
        self.page.set_default_timeout(_PATIENCE_MS)
        self._address, self._role, self._folder = address, role, folder
        self.go("/sign-in/")
        self.page.fill("[name=username]", f"{role}@example.org")
        self.page.fill("[name=password]", password)
        self.page.get_by_role("button", name="Sign in").click()

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self._address + path)

    def picture(self, name: str, path: str | None = None) -> None:
        """Keep what stands on the screen, of another page where one is named."""
        if path is not None:
            self.go(path)
        file = self._folder / f"{self._role}-{name}.png"
        self.page.screenshot(path=file)
        click.echo(f"{file.name}: {self.page.title()}")


def _sent(home: Path, cluster_id: str) -> tuple[Path, str]:
    """The return of the newest year that a cluster sent: the bytes that are kept, and what they were called."""
    with duckdb.connect(str(home / "releases" / "current" / "marts.duckdb"), read_only=True) as marts:
        found = marts.execute(
            "select receipt_id, file_name from returns where cluster_id = ? and receipt_id is not null "
            "order by reporting_year desc limit 1",
            [cluster_id],
        ).fetchone()
    if found is None:
        raise click.ClickException(f"{home} has no return of {cluster_id}. It has to be a home of the demo.")
    receipt, name = found
    return home / "archive" / receipt[:2] / receipt / "content", name


def _worst(home: Path) -> tuple[str, str]:
    """The alert that moves a KPI most, and the cluster that lead agencies of the demo belong to."""
    with duckdb.connect(str(home / "releases" / "current" / "marts.duckdb"), read_only=True) as marts:
        alert = marts.execute(
            "select alert_id from alerts where expected_low is not null order by impact_ratio desc nulls last limit 1"
        ).fetchone()
        cluster = marts.execute("select min(cluster_id) from turnover_by_cluster").fetchone()
    if alert is None or cluster is None:
        raise click.ClickException(f"{home} has no alert. Lay the demo first: make run")
    return str(alert[0]), str(cluster[0])


def _take(browser: Browser, address: str, password: str, home: Path, folder: Path) -> None:
    alert, cluster = _worst(home)
    content, name = _sent(home, cluster)

    steward = _Person(browser, address, "steward", password, folder)
    steward.picture("alerts", "/alerts/")
    steward.picture("one-alert", f"/alerts/{alert}/")
    steward.picture("rules", "/rules/")
    steward.picture("returns", "/returns/")
    steward.go(f"/queries/choose/?cluster={cluster}")
    steward.page.get_by_role("button", name="Ask about all").click()
    steward.page.get_by_role("button", name="Make ").click()
    steward.picture("queries", "/queries/")

    agency = _Person(browser, address, "agency", password, folder)
    agency.picture("returns", "/returns/")
    agency.go("/returns/check/")
    agency.page.set_input_files(
        "input[type=file]", {"name": name, "mimeType": "application/octet-stream", "buffer": content.read_bytes()}
    )
    agency.page.get_by_role("button", name="Check", exact=True).click()
    agency.page.wait_for_url("**/returns/check/*/")
    agency.picture("findings")
    agency.go("/queries/")
    agency.page.locator("tbody a").first.click()
    agency.picture("letter")

    officer = _Person(browser, address, "officer", password, folder)
    officer.picture("programme", "/kpis/")
    officer.picture("turnover-growth", "/kpis/turnover-growth/")

    analyst = _Person(browser, address, "analyst", password, folder)
    analyst.picture("mart", "/data/marts/turnover_by_cluster/")
    analyst.go("/data/sql/")
    analyst.page.fill(
        "textarea[name=sql]",
        "select cluster_name, reporting_year, turnover_accepted_gbp\nfrom turnover_by_cluster\norder by 1, 2",
    )
    analyst.page.get_by_role("button", name="Run").click()
    analyst.picture("sql")
    analyst.picture("releases", "/data/releases/")


@click.command()
@click.option("--home", type=click.Path(path_type=Path, exists=True), required=True, help="A home of the demo.")
@click.option("--into", type=click.Path(path_type=Path), default=FOLDER, show_default=True, help="Where to keep them.")
def main(home: Path, into: Path) -> None:
    """Take the pictures."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise click.ClickException("Chromium is not installed; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy, symlinks=True)
        with serving(copy) as (port, password), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            _take(browser, f"http://127.0.0.1:{port}", password, copy, into)
            browser.close()


if __name__ == "__main__":
    main()
