"""An example of each page that has something in its address, for the tests that walk over all pages.

A new page of this kind gets a line in `examples`; a page that a lead agency may open gets two addresses, one about its
own cluster and one about another, which it must not find.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from tests.console.web.conftest import CLUSTER

if TYPE_CHECKING:
    from console.queries.models import Letter

OTHER_CLUSTER = "smethwick"
YEAR = "2025-26"
YEAR_OF_TWO_VERSIONS = "2024-25"  # of CLUSTER, in the demo
YEAR_ACCEPTED = "2023-24"  # of CLUSTER, in the demo
_NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Example:
    """What stands in the address (`own`), the same of another cluster (`others`), and what a form there sends."""

    own: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Any] | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)  # behind the question mark
    only_where_set_up: bool = False  # else it is not there, for anybody


def examples(home: Path) -> dict[str, Example]:
    """The examples by url name. Makes the rows that they are about: the caller takes them back."""
    from console.access.models import User

    someone = User.objects.create_user("example@example.org", None, name="Exempla Gratia", role="analyst")
    letters = {cluster: _letter(cluster) for cluster in (CLUSTER, OTHER_CLUSTER)}
    returns = {"own": {"cluster_id": CLUSTER, "year": YEAR}, "others": {"cluster_id": OTHER_CLUSTER, "year": YEAR}}
    versions = {whose: about | {"year": YEAR_OF_TWO_VERSIONS} for whose, about in returns.items()}
    accepted = {whose: about | {"year": YEAR_ACCEPTED} for whose, about in returns.items()}
    one = {"organisation_id": _grown(CLUSTER)}
    place = {"table": "places", "form": "csv"}
    uploads = {"own": {"token": _upload(home, CLUSTER)}, "others": {"token": _upload(home, OTHER_CLUSTER)}}
    by_letter = {"own": {"letter_id": letters[CLUSTER].pk}, "others": {"letter_id": letters[OTHER_CLUSTER].pk}}
    user = {"user_id": someone.pk}
    alert = {"alert_id": _alert(CLUSTER, "organisation_id is not null and value is not null")}
    release = {"release_id": (home / "releases" / "current").resolve().name}
    drawn = {"year": YEAR, "release": release["release_id"]}
    mart, file = {"name": "turnover_by_cluster"}, {"name": "turnover_by_cluster", "form": "csv"}
    return {
        "access:single-sign-on": Example(only_where_set_up=True),
        "access:single-sign-on-back": Example(only_where_set_up=True),
        "access:user": Example(user),
        "access:user-password": Example(user),
        "access:user-unlock": Example(user),
        "alerts:one": Example(alert),
        "alerts:assign": Example(alert),
        "alerts:years": Example(alert),
        "alerts:peers": Example(alert),
        "alerts:forget-view": Example({"view_id": _view_of_everybody()}),
        "rules:one": Example({"code": "P02"}),
        "returns:one": Example(**returns),
        "returns:form": Example(**returns),
        "returns:differences": Example(**versions),
        "returns:differences-csv": Example(**versions),
        "returns:figures": Example(**returns),
        "returns:figures-file": Example(**{whose: about | place for whose, about in accepted.items()}),
        "returns:organisation": Example(**{whose: about | one for whose, about in accepted.items()}),
        "returns:organisation-file": Example(
            **{whose: about | one | {"table": "your-figures", "form": "csv"} for whose, about in accepted.items()}
        ),
        "returns:organisation-chart": Example(
            **{whose: about | one | {"table": "your-place"} for whose, about in accepted.items()}
        ),
        "returns:checked": Example(**uploads),
        "returns:send": Example(**uploads),
        "returns:receipt": Example({"number": _sent(CLUSTER)}, {"number": _sent(OTHER_CLUSTER)}),
        "queries:letter": Example(**by_letter),
        "queries:workbook": Example(**by_letter),
        "queries:email": Example(**by_letter),
        "queries:eml": Example(**by_letter),
        "queries:upload": Example(**by_letter),
        "queries:question": Example(**{whose: {**about, "number": 1} for whose, about in by_letter.items()}),
        "kpis:one": Example({"name": "employment"}),
        "kpis:chart": Example({"name": "employment", "table": "employment"}, asked=drawn),
        "kpis:table": Example({"name": "employment", "table": "employment", "form": "csv"}, asked=drawn),
        "data:mart": Example(mart),
        "data:mart-file": Example(file),
        "data:release": Example(release),
        "data:release-marts": Example(release),
        "data:release-mart": Example(release | mart),
        "data:release-mart-file": Example(release | file),
        "data:sql-file": Example(sent={"sql": "select 1"}),
    }


def address(name: str, known: Mapping[str, Example], *, others: bool = False) -> str:
    """The address of a page, with its example; AssertionError says what to add where there is none."""
    example = known.get(name, Example())
    try:
        path = reverse(name, kwargs=dict(example.others or {}) if others else dict(example.own))
    except NoReverseMatch:
        whose = "of another cluster " if others else ""
        raise AssertionError(f"Add an example {whose}of {name} to tests/console/web/examples.py.") from None
    return f"{path}?{urlencode(example.asked)}" if example.asked else path


def _alert(cluster: str, such_that: str) -> str:
    """An alert about which nobody has decided."""
    from django.conf import settings

    from console.decisions.models import Decision
    from console.releases import current_release

    decided = set(Decision.objects.values_list("alert_id", flat=True))
    rows = current_release(settings.HOME).query(
        f"select alert_id from alerts where cluster_id = ? and mend = 'submitter' and {such_that} order by alert_id",
        [cluster],
    )
    return str(next(row["alert_id"] for row in rows if row["alert_id"] not in decided))


def _grown(cluster: str) -> str:
    """An organisation of which a benchmark has a chart."""
    from django.conf import settings

    from console.releases import current_release

    rows = current_release(settings.HOME).query(
        "select min(organisation_id) as one from turnover_by_organisation "
        "where cluster_id = ? and reporting_year = ? and counts_for_growth",
        [cluster, YEAR_ACCEPTED],
    )
    return str(rows[0]["one"])


def _letter(cluster: str) -> Letter:
    from django.conf import settings

    from console.queries.letters import make_letters
    from console.releases import current_release

    release = current_release(settings.HOME)
    asked = [_alert(cluster, "organisation_id is not null")]
    (made,) = make_letters(
        release, asked, by="steward@example.org", at=_NOON, answer_by=date(2099, 12, 9), note="Thank you."
    )
    return made


def _view_of_everybody() -> int:
    """A view that somebody kept."""
    from console.access.models import User
    from console.alerts.models import SavedView

    return SavedView.objects.create(owner=User.objects.get(email="steward@example.org"), name="An example").pk


def _upload(home: Path, cluster: str) -> str:
    """A checked file that waits to be sent."""
    from console.returns.uploads import keep_answer, keep_upload

    upload = keep_upload(
        home / "uploads", [cluster.encode()], "Return.xlsx", cluster_id=cluster, by="agency@example.org", at=_NOON
    )
    answer = {"cluster_id": cluster, "reporting_year": YEAR, "organisation_rows": 1, "alerts": [], "notes": []}
    return keep_answer(home / "uploads", upload, answer).token


def _sent(cluster: str) -> int:
    from console.returns.models import Sent

    return Sent.objects.create(
        cluster_id=cluster, reporting_year=YEAR, file_name="Return.xlsx", inbox_name="console/return.xlsx",
        sha256="0" * 64, size_bytes=9, organisations=1, to_put_right=0, to_look_at=0, sent_at=_NOON,
        sent_by="agency@example.org", signed_by="Exempla Gratia", statement="It is complete.",
    ).pk  # fmt: skip
