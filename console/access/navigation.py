"""The links at the top of every page: those that the reader's role may open."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from console.access.matrix import PAGES
from console.access.models import User
from console.access.roles import ROLES

# In the order in which they are shown. One whose page is not in the matrix is left out.
_LINKS = (
    ("alerts:list", "Alerts"),
    ("rules:list", "Rules"),
    ("returns:list", "Returns"),
    ("queries:list", "Queries"),
    ("kpis:programme", "KPIs"),
    ("data:marts", "Data"),
    ("data:sql", "SQL"),
    ("data:releases", "Releases"),
    ("access:users", "Users"),
    ("access:audit", "Audit log"),
)


def navigation(request: HttpRequest) -> dict[str, object]:
    """What the frame of a page shows of the reader: links (`links`), the role in words, the section one is in."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"links": [], "reader": None}
    links = [(name, text) for name, text in _LINKS if name in PAGES and PAGES[name].admits("GET", user.role)]
    # One is in the section whose address begins this page's; of /data/ and /data/releases/ the longer.
    sections = [reverse(name) for name, _ in links]
    here = max((address for address in sections if request.path.startswith(address)), key=len, default=None)
    return {
        "links": [(name, text, address == here) for (name, text), address in zip(links, sections, strict=True)],
        "reader": user,
        "reader_role": ROLES[user.role],
    }
