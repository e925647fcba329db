"""The written matrix: which role may read (GET) and which may do (POST) what, for every page.

A page is known by its url name. What is not written here is refused to everybody. An agency that may open a page sees
its own cluster only: an address with a `cluster_id` of another one is not found, and pages without it limit what they
show by `console.access.clusters`.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.access.roles import ADMINISTRATOR, AGENCY, ANALYST, AUTHORITY, EVERYONE, OFFICER, STEWARD

_NOBODY: frozenset[str] = frozenset()
_ADMINISTRATOR = frozenset({ADMINISTRATOR})
_STEWARD = frozenset({STEWARD})
_AGENCY = frozenset({AGENCY})


@dataclass(frozen=True)
class Page:
    """The roles that may GET and those that may POST.

    `anybody` needs no sign-in at all; a machine may GET a page for which it knows the `token`, a setting.
    """

    get: frozenset[str] = _NOBODY
    post: frozenset[str] = _NOBODY
    anybody: bool = False
    token: str = ""

    def admits(self, method: str, role: str | None) -> bool:
        """Whether somebody with this role (None: not signed in) may send such a request."""
        if method not in {"GET", "HEAD", "POST"}:
            return False
        return self.anybody or role in (self.post if method == "POST" else self.get)


_ACCESS = {
    "access:sign-in": Page(anybody=True),
    "access:single-sign-on": Page(anybody=True),
    "access:single-sign-on-back": Page(anybody=True),
    "access:accessibility": Page(anybody=True),
    "access:health": Page(anybody=True),
    "access:sign-out": Page(post=EVERYONE),
    "access:home": Page(get=EVERYONE),
    "access:password": Page(get=EVERYONE, post=EVERYONE),
    "access:users": Page(get=_ADMINISTRATOR, post=_ADMINISTRATOR),
    "access:user": Page(get=_ADMINISTRATOR, post=_ADMINISTRATOR),
    "access:user-password": Page(post=_ADMINISTRATOR),
    "access:audit": Page(get=_ADMINISTRATOR),
    "access:audit-csv": Page(get=_ADMINISTRATOR),
    "access:user-unlock": Page(post=_ADMINISTRATOR),
    "access:metrics": Page(get=_ADMINISTRATOR, token="METRICS_TOKEN"),  # noqa: S106
}

# Stewards: alerts and rules.
_ALERTS: dict[str, Page] = {
    "alerts:list": Page(get=AUTHORITY),
    "alerts:csv": Page(get=AUTHORITY),
    "alerts:xlsx": Page(get=AUTHORITY),
    "alerts:several": Page(get=_STEWARD, post=_STEWARD),
    "alerts:save-view": Page(post=AUTHORITY),
    "alerts:forget-view": Page(post=AUTHORITY),
    "alerts:one": Page(get=AUTHORITY, post=_STEWARD),
    "alerts:assign": Page(post=_STEWARD),
    "alerts:years": Page(get=AUTHORITY),
    "alerts:peers": Page(get=AUTHORITY),
    "rules:list": Page(get=AUTHORITY),
    "rules:one": Page(get=AUTHORITY),
}

# Returns, and the upload for lead agencies.
_RETURNS: dict[str, Page] = {
    "returns:list": Page(get=EVERYONE),
    "returns:one": Page(get=EVERYONE),
    "returns:form": Page(get=EVERYONE),
    "returns:differences": Page(get=EVERYONE),
    "returns:differences-csv": Page(get=EVERYONE),
    "returns:figures": Page(get=EVERYONE),
    "returns:figures-file": Page(get=EVERYONE),
    "returns:organisation": Page(get=EVERYONE),
    "returns:organisation-chart": Page(get=EVERYONE),
    "returns:organisation-file": Page(get=EVERYONE),
    "returns:check": Page(get=_AGENCY, post=_AGENCY),
    "returns:checked": Page(get=_AGENCY),
    "returns:send": Page(get=_AGENCY, post=_AGENCY),
    "returns:receipt": Page(get=EVERYONE),
}

# Questions to lead agencies.
_QUERIES: dict[str, Page] = {
    "queries:list": Page(get=EVERYONE),
    "queries:choose": Page(get=frozenset({STEWARD})),
    "queries:make": Page(post=frozenset({STEWARD})),
    "queries:letter": Page(get=EVERYONE, post=frozenset({STEWARD})),
    "queries:workbook": Page(get=EVERYONE),
    "queries:email": Page(get=AUTHORITY),
    "queries:eml": Page(get=AUTHORITY),
    "queries:question": Page(get=EVERYONE, post=frozenset({AGENCY, STEWARD})),
    "queries:upload": Page(get=frozenset({AGENCY, STEWARD}), post=frozenset({AGENCY, STEWARD})),
}

# KPIs.
_KPIS: dict[str, Page] = {
    "kpis:programme": Page(get=AUTHORITY),
    "kpis:list": Page(get=AUTHORITY),
    "kpis:one": Page(get=AUTHORITY),
    "kpis:chart": Page(get=AUTHORITY),
    "kpis:table": Page(get=AUTHORITY),
}

# Marts, SQL, releases.
_SQL = frozenset({STEWARD, ANALYST, OFFICER})
_DATA: dict[str, Page] = {
    "data:sql": Page(get=_SQL, post=_SQL),
    "data:sql-file": Page(post=_SQL),
    "data:public-tables": Page(get=AUTHORITY),
    "data:marts": Page(get=AUTHORITY),
    "data:mart": Page(get=AUTHORITY),
    "data:mart-file": Page(get=AUTHORITY),
    "data:releases": Page(get=AUTHORITY),
    "data:release": Page(get=AUTHORITY),
    "data:release-marts": Page(get=AUTHORITY),
    "data:release-mart": Page(get=AUTHORITY),
    "data:release-mart-file": Page(get=AUTHORITY),
}

PAGES: dict[str, Page] = {**_ACCESS, **_ALERTS, **_RETURNS, **_QUERIES, **_KPIS, **_DATA}
