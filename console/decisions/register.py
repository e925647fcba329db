"""The register of alerts: which were seen on which nights. It outlives every rebuild of the warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from workspace.days import day_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pyarrow as pa

# What the register keeps of an alert, as the mart `alerts` names it.
KEPT = (
    "alert_id", "rule_code", "severity", "cluster_id", "cluster_name", "organisation_id", "organisation_name",
    "reporting_year", "field", "label", "observed", "value", "message", "receipt_id",
)  # fmt: skip
_AT_ONCE = 500
# Columns of the warehouse that are called otherwise here.
_ELSEWHERE = {"decision_id": "id", "decided_on": "decided_at"}


def record_night(database: str, release_id: str, seen_on: date, alerts: Iterable[Mapping[str, Any]]) -> bool:
    """Write down that a release of this day has these alerts; whether it was written.

    Writing the same night twice changes nothing. A release that counts as of an earlier day than the last night is
    not a night: it was built to look back.
    """
    from django.db import transaction

    from console.decisions.models import Alert, Night, Spell

    with transaction.atomic(using=database):
        last = Night.objects.using(database).order_by("-seen_on").first()
        if last is not None and last.seen_on > seen_on:
            return False
        before = Night.objects.using(database).filter(seen_on__lt=seen_on).order_by("-seen_on").first()
        seen = {str(alert["alert_id"]): alert for alert in alerts}
        Alert.objects.using(database).bulk_create(
            [Alert(**{name: alert[name] for name in KEPT}) for alert in seen.values()],
            batch_size=_AT_ONCE,
            update_conflicts=True,
            unique_fields=["alert_id"],
            update_fields=[name for name in KEPT if name != "alert_id"],
        )
        spells = Spell.objects.using(database)
        today = set(spells.filter(last_on=seen_on).values_list("alert_id", flat=True))
        going_on = dict(spells.filter(last_on=before.seen_on).values_list("alert_id", "pk")) if before else {}
        longer = [going_on[alert_id] for alert_id in seen if alert_id in going_on and alert_id not in today]
        for start in range(0, len(longer), _AT_ONCE):
            spells.filter(pk__in=longer[start : start + _AT_ONCE]).update(last_on=seen_on)
        new = [alert_id for alert_id in seen if alert_id not in going_on and alert_id not in today]
        spells.bulk_create(
            [Spell(alert_id=alert_id, first_on=seen_on, last_on=seen_on) for alert_id in sorted(new)],
            batch_size=_AT_ONCE,
        )
        Night.objects.using(database).update_or_create(seen_on=seen_on, defaults={"release_id": release_id})
    return True


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
        "until": day, "new_value": number, "source": text,
    }  # fmt: skip
    return {
        "alerts": pa.schema({name: number if name == "value" else text for name in KEPT}),
        "nights": pa.schema({"seen_on": day}),
        "spells": pa.schema({"alert_id": text, "first_on": day, "last_on": day}),
        "decisions": pa.schema(decisions),
    }


def read_tables(database: str, zone: ZoneInfo) -> dict[str, pa.Table]:
    """The register and the decisions as tables for the warehouse, sorted; who decided stays here.

    The day of a decision is that of the programme's time zone.
    """
    from console.decisions.models import Alert, Decision, Night, Spell

    models: Mapping[str, Any] = {"alerts": Alert, "nights": Night, "spells": Spell, "decisions": Decision}
    tables = {}
    for name, schema in table_schemas().items():
        columns = [_ELSEWHERE.get(column, column) for column in schema.names]
        rows = models[name].objects.using(database).order_by(*columns[:2]).values_list(*columns)
        tables[name] = _table(rows, schema, zone)
    return tables


def _table(rows: Iterable[tuple[Any, ...]], schema: pa.Schema, zone: ZoneInfo) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    arrays = [
        pa.array([day_of(one, zone) for one in column] if name == "decided_on" else column, kind)
        for column, name, kind in zip(columns, schema.names, schema.types, strict=True)
    ]
    return pa.table(arrays, schema=schema)
