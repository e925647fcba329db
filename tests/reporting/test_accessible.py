"""axe-core finds nothing on a report, on a telephone or on a desk; and it would find something that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reporting.benchmark import benchmark
from reporting.figures import Figures
from reporting.html import as_html
from reporting.year_report import cluster_report, programme_report
from tests.browser import open_browser, violations
from tests.reporting.small_release import YEAR

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def test_axe_finds_nothing_and_nothing_is_cut_off(small: Figures, tmp_path: Path, browser: Browser) -> None:
    documents = {
        "programme": programme_report(small, YEAR),
        "cluster": cluster_report(small, "walsall", YEAR),
        "organisation": benchmark(small, "GB-CHC-100001", YEAR),
    }
    found, too_wide = {}, {}
    for name, document in documents.items():
        file = tmp_path / f"{name}.html"
        file.write_text(as_html(document, dictionary="d.html"), encoding="utf-8")
        for width in (320, 1280):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(file.as_uri())
            found[name, width] = violations(page)
            too_wide[name, width] = page.evaluate("document.documentElement.scrollWidth") > width
            page.close()
    assert [one for ones in found.values() for one in ones] == []
    assert [where for where, wide in too_wide.items() if wide] == []


def test_axe_would_find_a_picture_without_words(small: Figures, tmp_path: Path, browser: Browser) -> None:
    page_text = as_html(programme_report(small, YEAR), dictionary="d.html")
    start = page_text.index(' alt="')
    broken = page_text[:start] + page_text[page_text.index('"', start + 6) + 1 :]
    file = tmp_path / "broken.html"
    file.write_text(broken, encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert [one.split(":")[0] for one in violations(page)] == ["image-alt"]
