"""The interface over which stewards decide, and the register of alerts, each on a database of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.database import close_operations, open_operations
from console.decisions.decide import DecisionError, Verdict, decide, find_alert, history
from console.decisions.register import KEPT, last_night, read_tables, record_night, still_there
from ingestion.bounds import bounds_in
from workspace.days import USUAL_ZONE, zone_named

LONDON = zone_named(USUAL_ZONE)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = NOON.date()


def alert(alert_id: str, **more: Any) -> Mapping[str, Any]:
    about = {
        "alert_id": alert_id,
        "rule_code": "P02",
        "severity": "warning",
        "cluster_id": "walsall",
        "organisation_id": "GB-CHC-1090095",
        "reporting_year": "2025-26",
        "field": "total_income_gbp",
        "observed": "90,000",
        "value": 90000.0,
        "message": "Turnover was 30,000 and is 90,000.",
    }
    return dict.fromkeys(KEPT) | about | more


@pytest.fixture
def database(tmp_path: Path) -> Any:
    opened = open_operations(tmp_path)
    record_night(opened, "r1", DAY, [alert("aa11"), alert("ab22", value=None, observed=None, organisation_id=None)])
    yield opened
    close_operations(opened)


CONFIRM = Verdict(kind="confirm", reason="contract", explanation="Won the care contract.")


def test_a_decision_keeps_who_when_why_and_the_figure(database: str) -> None:
    (made,) = decide(database, ["aa11"], CONFIRM, by="sam", at=NOON)
    (kept,) = history(database, "aa11")
    assert (kept.pk, kept.decided_by, kept.decided_at, kept.explanation) == (
        made.pk,
        "sam",
        NOON,
        "Won the care contract.",
    )
    assert (kept.value, kept.observed, kept.severity) == (90000.0, "90,000", "warning")
    assert kept.low == pytest.approx(90000, abs=0.01)
    assert kept.high == pytest.approx(90000, abs=0.01)


def test_a_band_lies_around_the_figure(database: str) -> None:
    (made,) = decide(database, ["aa11"], Verdict("confirm", "Grew.", reason="growth", within=0.3), by="sam", at=NOON)
    assert made.low == pytest.approx(63000, abs=0.01)
    assert made.high == pytest.approx(117000, abs=0.01)


@pytest.mark.parametrize(
    ("verdict", "alert_id", "words"),
    [
        (Verdict("approve", "x"), "aa11", "no kind of decision"),
        (Verdict("confirm", "  ", reason="growth"), "aa11", "Say why"),
        (Verdict("confirm", "Grew."), "aa11", "Give the reason"),
        (Verdict("confirm", "Grew.", reason="luck"), "aa11", "luck is no reason"),
        (Verdict("confirm", "Grew.", reason="growth", within=-0.1), "aa11", "below zero"),
        (Verdict("ask", "Please check.", within=0.1), "aa11", "Only a figure that is confirmed"),
        (Verdict("ask", "Please check.", until=DAY - timedelta(days=1)), "aa11", "has passed"),
        (Verdict("correct", "Thousands.", source="accounts"), "aa11", "needs the figure"),
        (Verdict("ask", "Thousands.", new_value=5.0), "aa11", "needs the figure"),
        (Verdict("correct", "Thousands.", new_value=5.0), "aa11", "comes from"),
        (Verdict("correct", "Thousands.", new_value=5.0, source="accounts"), "ab22", "none to correct"),
        (Verdict("correct", "Thousands.", new_value=1e300, source="accounts"), "aa11", "from -£20,000,000,000 to"),
        (
            Verdict("correct", "Thousands.", new_value=float("inf"), source="accounts"),
            "aa11",
            "beyond what this can be",
        ),
        (
            Verdict("correct", "Thousands.", new_value=float("nan"), source="accounts"),
            "aa11",
            "beyond what this can be",
        ),
        (Verdict("leave-out", "Not theirs."), "ab22", "nothing can be left out"),
        (Verdict("confirm", "Grew.", reason="growth", within=0.1), "ab22", "not about a number"),
        (CONFIRM, "zz99", "There is no alert zz99"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    database: str, verdict: Verdict, alert_id: str, words: str
) -> None:
    with pytest.raises(DecisionError, match=words):
        decide(database, ["aa11", alert_id], verdict, by="sam", at=NOON)
    assert history(database, "aa11") == []


def test_a_corrected_figure_keeps_to_the_bounds_of_the_programme(database: str) -> None:
    own = {("organisations", "total_income_gbp"): bounds_in([0, 5000], unit="GBP", is_date=False)}
    beyond = Verdict("correct", "Thousands.", new_value=5001.0, source="accounts")
    with pytest.raises(DecisionError, match=r"The figure 5,001 is beyond what this can be\. Give a number from £0 to"):
        decide(database, ["aa11"], beyond, by="sam", at=NOON, bounds=own)
    assert history(database, "aa11") == []
    decide(database, ["aa11"], replace(beyond, new_value=5000.0), by="sam", at=NOON, bounds=own)


def test_nobody_decides_without_a_name(database: str) -> None:
    with pytest.raises(DecisionError, match="who decides"):
        decide(database, ["aa11"], CONFIRM, by=" ", at=NOON)


def test_the_history_cannot_be_changed_by_anyone(database: str) -> None:
    from django.db import DatabaseError, connections, transaction

    from console.decisions.models import AppendOnlyError, Decision

    (made,) = decide(database, ["aa11"], CONFIRM, by="sam", at=NOON)
    made.explanation = "Another story."
    with pytest.raises(AppendOnlyError):
        made.save(using=database)
    with pytest.raises(AppendOnlyError):
        made.delete(using=database)
    # Past Django's models, the database itself refuses.
    for change in (
        lambda: Decision.objects.using(database).filter(pk=made.pk).update(explanation="Another story."),
        lambda: connections[database].cursor().execute("delete from decisions_decision"),
    ):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(using=database):
            change()
    (kept,) = history(database, "aa11")
    assert kept.explanation == "Won the care contract."


def test_of_two_stewards_the_second_is_told(database: str) -> None:
    decide(database, ["aa11"], CONFIRM, by="sam", at=NOON, after=0)
    with pytest.raises(DecisionError, match="sam has decided in the meantime"):
        decide(database, ["aa11"], Verdict("ask", "Please check."), by="kim", at=NOON, after=0)
    assert [decision.kind for decision in history(database, "aa11")] == ["confirm"]
    decide(database, ["aa11"], Verdict("reopen", "Wait."), by="kim", at=NOON, after=history(database, "aa11")[0].pk)
    assert [decision.kind for decision in history(database, "aa11")] == ["confirm", "reopen"]


def test_an_alert_is_found_by_the_start_of_its_id(database: str) -> None:
    assert find_alert(database, "aa").pk == "aa11"
    with pytest.raises(DecisionError, match="Several alerts begin with a"):
        find_alert(database, "a")


def test_a_second_correction_still_knows_what_was_sent(database: str) -> None:
    decide(database, ["aa11"], Verdict("correct", "Typed wrong.", new_value=60000, source="accounts"), by="s", at=NOON)
    # The next night judges the corrected figure.
    record_night(database, "r2", DAY + timedelta(days=1), [alert("aa11", value=60000.0, observed="60,000")])
    (second,) = decide(
        database, ["aa11"], Verdict("correct", "Again.", new_value=61000, source="bank"), by="s", at=NOON
    )
    assert (second.value, second.new_value) == (90000.0, 61000)


def spells(database: str) -> list[tuple[str, date, date]]:
    return [
        (row["alert_id"], row["first_on"], row["last_on"])
        for row in read_tables(database, LONDON)["spells"].to_pylist()
    ]


def test_ten_nights_are_one_spell_and_a_gap_begins_another(database: str) -> None:
    for night in range(1, 10):
        record_night(database, f"r{night + 1}", DAY + timedelta(days=night), [alert("aa11")])
    assert spells(database) == [("aa11", DAY, DAY + timedelta(days=9)), ("ab22", DAY, DAY)]
    record_night(database, "r11", DAY + timedelta(days=10), [])
    record_night(database, "r12", DAY + timedelta(days=11), [alert("aa11")])
    assert spells(database)[:2] == [
        ("aa11", DAY, DAY + timedelta(days=9)),
        ("aa11", DAY + timedelta(days=11), DAY + timedelta(days=11)),
    ]


def test_writing_a_night_again_changes_nothing_and_no_night_is_written_into_the_past(database: str) -> None:
    before = {name: table.to_pylist() for name, table in read_tables(database, LONDON).items()}
    assert record_night(
        database, "r1", DAY, [alert("aa11"), alert("ab22", value=None, observed=None, organisation_id=None)]
    )
    assert {name: table.to_pylist() for name, table in read_tables(database, LONDON).items()} == before
    assert not record_night(database, "r0", DAY - timedelta(days=1), [alert("cc33")])
    assert {name: table.to_pylist() for name, table in read_tables(database, LONDON).items()} == before


def test_a_night_whose_clock_was_two_years_ahead_hides_no_later_one(database: str) -> None:
    """Ten nights, one in two years' time, and two more by the right clock: what is new in those can be decided."""
    for night in range(1, 10):
        record_night(database, f"r{night}", DAY + timedelta(days=night), [alert("aa11")])
    ahead = DAY + timedelta(days=730)
    assert record_night(database, "ahead", ahead, [alert("aa11"), alert("ee55")], made_on=ahead)
    right = DAY + timedelta(days=11)
    assert record_night(database, "right", right, [alert("aa11"), alert("cc33")], made_on=right)
    assert [one.release_id for one in (last_night(database),) if one] == ["right"]
    assert still_there(database) == {"aa11", "cc33"}
    assert find_alert(database, "cc33").pk == "cc33"
    assert record_night(database, "next", right + timedelta(days=1), [alert("cc33")], made_on=right + timedelta(days=1))
    assert ("cc33", right, right + timedelta(days=1)) in spells(database)
    # It was built to look back, so it is none of the nights.
    assert not record_night(database, "back", DAY, [alert("dd44")], made_on=right)


def test_a_night_whose_clock_is_behind_counts_as_one_of_the_last_day(database: str) -> None:
    for night in range(1, 10):
        record_night(database, f"r{night}", DAY + timedelta(days=night), [alert("aa11")])
    last = DAY + timedelta(days=9)
    behind = DAY - timedelta(days=900)
    assert record_night(database, "behind", behind, [alert("aa11"), alert("cc33")], made_on=behind)
    assert ("aa11", DAY, last) in spells(database)
    assert ("cc33", last, last) in spells(database)
    assert still_there(database) == {"aa11", "cc33"}
    right = last + timedelta(days=1)
    assert record_night(database, "right", right, [alert("aa11"), alert("cc33")], made_on=right)
    assert spells(database) == [("aa11", DAY, right), ("ab22", DAY, DAY), ("cc33", last, right)]


def test_a_decision_that_was_made_by_a_clock_ahead_counts_today(database: str) -> None:
    decide(database, ["aa11"], Verdict("acknowledge", "Seen."), by="sam", at=NOON + timedelta(days=730))
    today = DAY + timedelta(days=3)
    assert read_tables(database, LONDON, today=today)["decisions"]["decided_on"].to_pylist() == [today]


def test_a_night_may_pass_over_a_weekend(database: str) -> None:
    """The nights that ran count, not the days between them."""
    record_night(database, "r2", DAY + timedelta(days=3), [alert("aa11")])
    assert spells(database)[0] == ("aa11", DAY, DAY + timedelta(days=3))


def test_the_warehouse_never_learns_who_decided(database: str) -> None:
    decide(database, ["aa11"], CONFIRM, by="Sam Secret", at=NOON)
    tables = read_tables(database, LONDON)
    assert tables["decisions"].num_rows == 1
    assert tables["decisions"]["decided_on"].to_pylist() == [DAY]
    assert "Sam Secret" not in str({name: table.to_pylist() for name, table in tables.items()})


def test_the_day_of_a_decision_is_that_of_the_programme(database: str) -> None:
    """23:30 UTC on 30 June is 1 July in London: until 30 June has passed, and the warehouse gets 1 July."""
    midnight = datetime(2026, 6, 30, 23, 30, tzinfo=UTC).astimezone(LONDON)
    until = Verdict("confirm", "Grew.", reason="growth", until=date(2026, 6, 30))
    with pytest.raises(DecisionError, match="2026-06-30 has passed"):
        decide(database, ["aa11"], until, by="sam", at=midnight)
    decide(database, ["aa11"], CONFIRM, by="sam", at=midnight)
    assert read_tables(database, LONDON)["decisions"]["decided_on"].to_pylist() == [date(2026, 7, 1)]


def test_the_warehouse_knows_which_decision_to_ask_a_letter_carries_out(database: str) -> None:
    """One by a letter does, and one made while its question is open; none once that is settled."""
    from console.queries.models import Letter, Question

    ask, settled = Verdict("ask", "Is it in pounds?"), Verdict("rule-wrong", "It is.")
    decide(database, ["aa11"], ask, by="sam", at=NOON)
    (asking,) = decide(database, ["aa11"], ask, by="sam", at=NOON)
    letter = Letter(cluster_id="walsall", cluster_name="Walsall", made_at=NOON, made_by="sam", answer_by=DAY)
    letter.save(using=database)
    Question(
        letter=letter, number=1, alert_id="aa11", decision=asking, rule_code="P02", message="Was 1.", ask="Why?"
    ).save(using=database)
    for verdict in (ask, settled, ask):
        decide(database, ["aa11"], verdict, by="sam", at=NOON)
    found = read_tables(database, LONDON)["decisions"]
    assert found["letter_id"].to_pylist() == [None, letter.pk, letter.pk, None, None]
    assert found["kind"].to_pylist() == ["ask", "ask", "ask", "rule-wrong", "ask"]
