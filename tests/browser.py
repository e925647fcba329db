"""A real browser for tests of pages: Chromium as Debian packages it, looked at by axe-core."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Chromium without a window; the test is skipped where it is not installed, but not in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("RETURNS_CI"):
            pytest.fail("Chromium is not installed, and CI must not leave out the tests of pages.")
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_QUIET)
        yield browser
        browser.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page by WCAG 2.2 AA, each as `rule: place`."""
    import axe_playwright_python

    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    # Only what is wrong is told in full, and style sheets are not fetched again for rules that are not run.
    asked = (
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], preload: false})"
    )
    found: dict[str, Any] = page.evaluate(asked, _RULES)
    return [f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]]
