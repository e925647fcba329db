"""axe-core finds nothing on any page in any role, on a telephone, a desk and at 200% zoom, and nothing is cut off."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console.access.matrix import PAGES
from console.access.roles import ROLES
from tests.browser import open_browser, violations
from tests.console.web.examples import Example, address, examples

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Route

pytestmark = pytest.mark.xdist_group("console")
SITE = "http://console.test"
# A telephone, and a desk. At 200% zoom a desk is as wide as 640.
WIDTHS = (320, 1280)
ZOOMED = 640
# As wide as charts are drawn.
CHART = '<svg xmlns="http://www.w3.org/2000/svg" width="700" height="300"><rect width="700" height="300"/></svg>'


@dataclass(frozen=True)
class Rendered:
    """A page as a role gets it."""

    where: str
    role: str
    text: str
    policy: str


@pytest.fixture(scope="module")
def rendered(home: Path) -> list[Rendered]:
    """Every page of the matrix in every role that may open it; where two roles get the same, the first one's.

    They are made before the browser opens: Django and Playwright do not share a thread well.
    """
    from django.db import transaction
    from django.test import Client

    from console.access.models import User

    found: dict[str, Rendered] = {}
    files: set[str] = set()
    with transaction.atomic():
        known = examples(home)
        for role in ("", *ROLES):
            client = Client(raise_request_exception=True)
            if role:
                user = User.objects.get(email=f"{role}@example.org")
                client.force_login(user, "django.contrib.auth.backends.ModelBackend")
            for where, answer in _answers(client, role, known, files):
                if not answer.get("Content-Type", "").startswith("text/html"):
                    files.add(where)
                elif answer.status_code != 302:
                    text = answer.content.decode()
                    page = Rendered(where, role, text, answer["Content-Security-Policy"])
                    found.setdefault(_what_differs(text, frame=where == "/accessibility/"), page)
        transaction.set_rollback(True)
    return list(found.values())


def _answers(
    client: Client, role: str, known: Mapping[str, Example], files: Collection[str]
) -> Iterator[tuple[str, Any]]:
    """The pages that a role may open, once as they are and once as they refuse a form without answers."""
    for name, page in sorted(PAGES.items()):
        where = address(name, known)
        if where in files or not page.admits("GET", role or None) or known.get(name, Example()).only_where_set_up:
            continue
        yield where, client.get(where)
        if page.admits("POST", role or None):
            yield f"{where} sent empty", client.post(where, {})
    yield "/no-such-page/", client.get("/no-such-page/")
    if role == "administrator":
        yield "a one-time password", client.post(address("access:user-password", known))
    if role == "steward":
        yield "what one may not open", client.get("/audit/")


def _what_differs(text: str, *, frame: bool) -> str:
    """What of a page is not in every page: without the frame, but for one page of each role."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return text if frame else text.partition("Sign out</button></form>")[2] or text


def _serve(pages: dict[str, Rendered]) -> Callable[[Route], None]:
    from django.contrib.staticfiles import finders

    def serve(route: Route) -> None:
        where = route.request.url.removeprefix(SITE)
        if where in pages:
            headers = {"Content-Security-Policy": pages[where].policy}
            route.fulfill(body=pages[where].text, content_type="text/html; charset=utf-8", headers=headers)
        elif where.startswith("/static/") and (file := finders.find(where.removeprefix("/static/"))):
            route.fulfill(path=str(file), content_type=mimetypes.guess_type(str(file))[0] or "")
        else:
            route.fulfill(body=CHART, content_type="image/svg+xml")

    return serve


def _wrong(rendered: list[Rendered]) -> dict[str, list[str]]:
    """Each problem, with the pages and widths that have it."""
    pages = {f"/{number}": one for number, one in enumerate(rendered)}
    wrong: dict[str, list[str]] = {}
    with open_browser() as browser:
        page = browser.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(message.text))
        page.route("**/*", _serve(pages))
        for where, one in pages.items():
            told.clear()
            page.goto(SITE + where)
            for width in (*WIDTHS, ZOOMED):
                page.set_viewport_size({"width": width, "height": 800})
                found = violations(page) if width != ZOOMED else []
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    found.append("wider than the screen")
                for problem in found:
                    wrong.setdefault(problem, []).append(f"{one.where} as {one.role or 'nobody'} at {width}")
            for problem in told:
                wrong.setdefault(problem, []).append(f"{one.where} as {one.role or 'nobody'}")
    return wrong


def test_axe_finds_nothing_and_nothing_is_cut_off(rendered: list[Rendered]) -> None:
    assert len(rendered) > len(PAGES) / 2
    wrong = _wrong(rendered)
    assert not wrong, "\n".join(f"{problem}\n    {', '.join(places)}" for problem, places in wrong.items())


def test_it_would_find_a_picture_without_words_a_style_in_the_page_and_what_is_too_wide(
    rendered: list[Rendered],
) -> None:
    good = next(one for one in rendered if one.where == "/accessibility/")
    added = '<img src="/chart.svg"><p class="one" style="color: red">red</p><table><tr><td>' + "wide" * 200
    (*problems,) = _wrong([replace(good, text=good.text.replace("</main>", f"{added}</td></tr></table></main>"))])
    for told in ("image-alt: ", "inline style", "wider than the screen"):
        assert [problem for problem in problems if told in problem], problems
