"""All releases that are kept, and what changed with one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import duckdb
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from console.data.kept import Kept, kept_releases, other_inputs, other_rows, other_versions
from console.paging import A_PAGE
from console.releases import Release, open_release

_HEADS = {
    "cause_heads": [("cause", "Cause"), ("caused_by", "Which"), ("changes", "Changes", "numeric")],
    "alert_heads": [("rule_code", "Rule"), ("rule_title", "Title"), ("came", "Came", "numeric"),
                    ("went", "Went", "numeric")],
    "row_heads": [("mart", "Mart"), ("before", "Before", "numeric"), ("after", "Now", "numeric")],
    "version_heads": [("what", "Of what"), ("before", "Before"), ("after", "Now")],
}  # fmt: skip


def releases(request: HttpRequest) -> HttpResponse:
    """Every release, the newest first, with how much changed in it."""
    found = kept_releases(settings.HOME)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    by_id = {one.release_id: one for one in found}
    rows = [{"release": one, "others": other_inputs(one, before) if before else None}
            for one in page for before in [_before(one, by_id)]]  # fmt: skip
    return render(request, "data/releases.html", {"page": page, "rows": rows})


def release(request: HttpRequest, release_id: str) -> HttpResponse:
    """One release: what it is, what it was made from, and what changed with it."""
    by_id = {one.release_id: one for one in kept_releases(settings.HOME)}
    found = by_id.get(release_id)
    if found is None:
        raise Http404
    before = _before(found, by_id)
    told: dict[str, Any] = {"release": found, "before": before, **_HEADS}
    try:
        opened = open_release(found.folder) if found.about else None
    except duckdb.Error:
        opened = None
    if opened is None:
        return render(request, "data/release.html", told | {"damaged": True})
    if before:
        told |= {
            "inputs": other_inputs(found, before),
            "versions": other_versions(found, before),
            "rows": other_rows(found, before),
            "alerts": _alerts(opened, before),
        }
    if "revisions" in found.rows:
        told |= {"changes": _changes(opened), "causes": _causes(opened)}
    return render(request, "data/release.html", told)


def _before(one: Kept, by_id: dict[str, Kept]) -> Kept | None:
    """The release with which this one was compared, where it is still kept and can be read."""
    found = by_id.get(one.about.get("compared_with") or "")
    return found if found and found.about else None


def _changes(opened: Release) -> list[dict[str, Any]]:
    return opened.query(
        """
        select
            mart,
            count(*) filter (where change = 'changed') as figures,
            count(*) filter (where change = 'row added') as rows_added,
            count(*) filter (where change = 'row removed') as rows_removed
        from revisions
        group by mart
        order by mart
        """
    )


def _causes(opened: Release) -> list[dict[str, Any]]:
    """What caused the most changes, and how many."""
    return opened.query(
        f"""
        select cause, caused_by, count(*) as changes
        from revisions
        group by cause, caused_by
        order by changes desc, cause, caused_by
        limit {A_PAGE}
        """
    )


def _alerts(opened: Release, before: Kept) -> list[dict[str, Any]]:
    """Rules with alerts that only one of the two has: keys rule_code, rule_title, came, went."""
    try:
        earlier, now = _alerts_of(open_release(before.folder)), _alerts_of(opened)
    except duckdb.Error:
        return []
    rules = {**earlier, **now}
    came = Counter(rules[one] for one in now.keys() - earlier.keys())
    went = Counter(rules[one] for one in earlier.keys() - now.keys())
    return [
        {"rule_code": rule[0], "rule_title": rule[1], "came": came[rule], "went": went[rule]}
        for rule in sorted({*came, *went})
    ]


def _alerts_of(opened: Release) -> dict[str, tuple[str, str]]:
    rows = opened.query("select alert_id, rule_code, rule_title from alerts")
    return {row["alert_id"]: (row["rule_code"], row["rule_title"]) for row in rows}
