"""The register of alerts: which were seen on which nights. It outlives every rebuild of the warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from console.decisions.kinds import SETTLING
from workspace.days import day_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from console.decisions.models import Night

# What the register keeps of an alert, as the mart `alerts` names it.
KEPT = (
    "alert_id", "rule_code", "severity", "cluster_id", "cluster_name", "organisation_id", "organisation_name",
    "reporting_year", "field", "label", "observed", "value", "message", "receipt_id",
)  # fmt: skip
_AT_ONCE = 500
# Columns of the warehouse that are called otherwise here.
_LETTER = "letter_id"
_ELSEWHERE = {"decision_id": "id", "decided_on": "decided_at"}


def record_night(
    database: str, release_id: str, seen_on: date, alerts: Iterable[Mapping[str, Any]], *, made_on: date = date.max
) -> bool:
    """Write down that a release as of this day has these alerts; whether it was written.

    `made_on` is the day on which the release was made, by the clock of that run. Writing the same night twice changes
    nothing. A release as of an earlier day than the last night is not a night: it was built to look back. Where it was
    not, a clock is wrong, then or now: see `_day_in_order`.
    """
    from django.db import transaction
    from django.db.models import Max

    from console.decisions.models import Alert, Night, Spell

    with transaction.atomic(using=database):
        nights = Night.objects.using(database)
        last = last_night(database)
        if last is not None and last.seen_on > seen_on:
            if seen_on < made_on:
                return False
            seen_on = _day_in_order(database, seen_on, last.seen_on)
        before = nights.filter(seen_on__lt=seen_on).order_by("-seen_on").first()
        seen = {str(alert["alert_id"]): alert for alert in alerts}
        Alert.objects.using(database).bulk_create(
            [Alert(**{name: alert[name] for name in KEPT}) for alert in seen.values()],
            batch_size=_AT_ONCE,
            update_conflicts=True,
            unique_fields=["alert_id"],
            update_fields=[name for name in KEPT if name != "alert_id"],
        )
        spells = Spell.objects.using(database)
        today = set(spells.filter(first_on__lte=seen_on, last_on__gte=seen_on).values_list("alert_id", flat=True))
        going_on = dict(spells.filter(last_on=before.seen_on).values_list("alert_id", "pk")) if before else {}
        longer = [going_on[alert_id] for alert_id in seen if alert_id in going_on and alert_id not in today]
        for start in range(0, len(longer), _AT_ONCE):
            spells.filter(pk__in=longer[start : start + _AT_ONCE]).update(last_on=seen_on)
        new = [alert_id for alert_id in seen if alert_id not in going_on and alert_id not in today]
        spells.bulk_create(
            [Spell(alert_id=alert_id, first_on=seen_on, last_on=seen_on) for alert_id in sorted(new)],
            batch_size=_AT_ONCE,
        )
        number = (nights.aggregate(newest=Max("number"))["newest"] or 0) + 1
        nights.update_or_create(seen_on=seen_on, defaults={"release_id": release_id, "number": number})
    return True


def nights_seen(database: str) -> list[date]:
    """Every day on which alerts were seen, in order."""
    from console.decisions.models import Night

    return list(Night.objects.using(database).order_by("seen_on").values_list("seen_on", flat=True))


def forget_nights_after(database: str, today: date) -> None:
    """Take out that alerts were seen on days after this one, on which no clock but a wrong one can have stood.

    What was seen until then and from then on was seen until the last night that is left. The alerts themselves, and
    what was decided about them, stay.
    """
    from django.db import transaction

    from console.decisions.models import Night, Spell

    with transaction.atomic(using=database):
        nights, spells = Night.objects.using(database), Spell.objects.using(database)
        nights.filter(seen_on__gt=today).delete()
        spells.filter(first_on__gt=today).delete()
        last = nights.order_by("-seen_on").first()
        if last is not None:
            spells.filter(last_on__gt=today).update(last_on=last.seen_on)


def last_night(database: str) -> Night | None:
    """The night that was written down last, whatever its day is."""
    from console.decisions.models import Night

    return Night.objects.using(database).order_by("-number", "-seen_on").first()


def still_there(database: str) -> set[str]:
    """The alerts that the last night saw."""
    from console.decisions.models import Spell

    last = last_night(database)
    if last is None:
        return set()
    of_it = Spell.objects.using(database).filter(first_on__lte=last.seen_on, last_on__gte=last.seen_on)
    return set(of_it.values_list("alert_id", flat=True))


def _day_in_order(database: str, seen_on: date, last_on: date) -> date:
    """The day under which a night is written down whose day is before that of the last.

    Where few nights have a later day, their clock was ahead, and this day is right. Where most have, this clock is
    behind: the night counts as one more of the last day, so that no alert is said to be older than it is.
    """
    from console.decisions.models import Night

    nights = Night.objects.using(database)
    ahead = nights.filter(seen_on__gt=seen_on).count()
    return seen_on if 2 * ahead <= nights.count() else last_on


def is_recorded(database: str, release_id: str) -> bool:
    """Whether the alerts of a release are in the register."""
    from console.decisions.models import Night

    return Night.objects.using(database).filter(release_id=release_id).exists()


def table_schemas() -> dict[str, pa.Schema]:
    """The tables that the warehouse gets: alerts, nights, spells and decisions, one row of each for one row here."""
    import pyarrow as pa

    text, number, day = pa.string(), pa.float64(), pa.date32()
    decisions = {
        "decision_id": pa.int64(), "alert_id": text, "kind": text, "decided_on": day, "reason": text,
        "explanation": text, "severity": text, "observed": text, "value": number, "low": number, "high": number,
        "until": day, "new_value": number, "source": text, "letter_id": pa.int64(),
    }  # fmt: skip
    return {
        "alerts": pa.schema({name: number if name == "value" else text for name in KEPT}),
        "nights": pa.schema({"seen_on": day}),
        "spells": pa.schema({"alert_id": text, "first_on": day, "last_on": day}),
        "decisions": pa.schema(decisions),
    }


def read_tables(database: str, zone: ZoneInfo, *, today: date = date.max) -> dict[str, pa.Table]:
    """The register and the decisions as tables for the warehouse, sorted; who decided stays here.

    The day of a decision is that of the programme's time zone. One that a clock dated after `today` was made by today.
    """
    from console.decisions.models import Alert, Decision, Night, Spell

    models: Mapping[str, Any] = {"alerts": Alert, "nights": Night, "spells": Spell, "decisions": Decision}
    tables = {}
    for name, schema in table_schemas().items():
        columns = [_ELSEWHERE.get(column, column) for column in schema.names if column != _LETTER]
        rows = models[name].objects.using(database).order_by(*columns[:2]).values_list(*columns)
        if _LETTER in schema.names:
            letters = _letters(database)
            rows = [(*row, letters.get(row[0])) for row in rows]
        tables[name] = _table(rows, schema, zone, today)
    return tables


def _letters(database: str) -> dict[int, int]:
    """By decision to ask the letter that asks: that of the decision, or one that asked before and is not settled.

    A decision that stands in no letter is not here: nobody was asked. Without web pages there are no letters.
    """
    from django.db import connections

    from console.decisions.models import Decision

    connection = connections[database]
    with connection.cursor() as cursor:
        if "queries_question" not in connection.introspection.table_names(cursor):
            return {}
        cursor.execute("select decision_id, letter_id from queries_question")
        asked_in = dict(cursor.fetchall())
    found: dict[int, int] = {}
    last: dict[str, int] = {}  # by alert
    for pk, alert_id, kind in Decision.objects.using(database).order_by("pk").values_list("pk", "alert_id", "kind"):
        if kind in SETTLING:
            last.pop(alert_id, None)
        elif kind == "ask":
            letter = asked_in.get(pk, last.get(alert_id))
            if letter is not None:
                last[alert_id] = found[pk] = letter
    return found


def _table(rows: Iterable[tuple[Any, ...]], schema: pa.Schema, zone: ZoneInfo, today: date) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    arrays = [
        pa.array([min(day_of(one, zone), today) for one in column] if name == "decided_on" else column, kind)
        for column, name, kind in zip(columns, schema.names, schema.types, strict=True)
    ]
    return pa.table(arrays, schema=schema)
