"""How a question stands follows from what was asked, answered and decided; nothing of it can be changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction

if TYPE_CHECKING:
    from pathlib import Path

    from console.queries.models import Answer, Letter

pytestmark = [pytest.mark.xdist_group("console"), pytest.mark.usefixtures("taken_back")]
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def _alert(rule: str) -> str:
    from console.decisions.models import Alert

    return str(Alert.objects.filter(rule_code=rule).order_by("pk").values_list("pk", flat=True)[0])


def _letter(*alert_ids: str) -> Letter:
    from django.conf import settings

    from console.queries.letters import make_letters
    from console.releases import current_release

    release, last_day = current_release(settings.HOME), (NOON + timedelta(days=14)).date()
    (letter,) = make_letters(release, alert_ids, by="sam@example.org", at=NOON, answer_by=last_day, note="")
    return letter


def _answer(letter: Letter, kind: str = "right") -> Answer:
    from console.queries.models import Answer

    return Answer.objects.create(
        question=letter.questions.get(),
        kind=kind,
        reason="contract" if kind == "right" else "",
        explanation="We won the care contract.",
        answered_at=NOON,
        answered_by="agency@example.org",
    )


def _state(alert_id: str) -> str | None:
    """How the open question about an alert stands; None where there is none."""
    from console.queries.waiting import asked

    standing = asked([alert_id]).get(alert_id)
    return standing.state if standing else None


def test_an_alert_is_explained_from_the_answer_until_it_is_turned_down_or_decided(home: Path) -> None:
    from console.decisions.decide import Verdict, decide
    from console.queries.models import Turndown
    from console.queries.waiting import explained

    alert = _alert("P02")
    assert (_state(alert), explained([alert])) == (None, set())
    letter = _letter(alert)
    assert (_state(alert), explained([alert])) == ("waiting for the agency", set())
    answer = _answer(letter)
    assert (_state(alert), explained([alert])) == ("explained, waiting for approval", {alert})
    Turndown.objects.create(answer=answer, reason="Which contract?", made_at=NOON, made_by="sam@example.org")
    assert (_state(alert), explained([alert])) == ("asked again", set())
    _answer(letter)
    assert explained([alert]) == {alert}
    verdict = Verdict("confirm", "They won a contract.", "contract")
    decide("default", [alert], verdict, by="sam@example.org", at=NOON)
    assert (_state(alert), explained([alert])) == (None, set())


def test_a_promise_of_a_corrected_return_is_no_explanation(home: Path) -> None:
    from console.queries.waiting import explained

    alert = _alert("P02")
    _answer(_letter(alert), "resend")
    assert (_state(alert), explained([alert])) == ("waiting for a corrected return", set())


def test_a_question_about_a_figure_that_has_changed_or_gone_is_not_open(home: Path) -> None:
    from console.decisions.models import Alert, Spell
    from console.queries.models import Question
    from console.queries.waiting import states

    alert = _alert("P02")
    _answer(_letter(alert))
    was = Alert.objects.get(pk=alert).value
    Alert.objects.filter(pk=alert).update(value=(was or 0) + 1)
    assert _state(alert) is None
    (standing,) = states(Question.objects.filter(alert=alert))
    assert standing.state == "the figure has changed since"
    Alert.objects.filter(pk=alert).update(value=was)
    assert _state(alert) == "explained, waiting for approval"
    Spell.objects.filter(alert=alert).update(last_on="2026-01-01")
    (standing,) = states(Question.objects.filter(alert=alert))
    assert standing.state == "no longer stands"


def test_asking_twice_about_an_alert_is_refused(home: Path) -> None:
    from console.decisions.decide import history
    from console.queries.letters import LetterError

    alert = _alert("P02")
    _letter(alert)
    with pytest.raises(LetterError, match="asked about already"):
        _letter(alert)
    assert [decision.kind for decision in history("default", alert)] == ["ask"]


@pytest.mark.parametrize("table", ["letter", "question", "answer", "turndown"])
def test_no_row_is_ever_changed_or_deleted(home: Path, table: str) -> None:
    from console.queries.models import Turndown

    answer = _answer(_letter(_alert("P02")))
    Turndown.objects.create(answer=answer, reason="Which?", made_at=NOON, made_by="sam@example.org")
    for statement in (f"update queries_{table} set id = id", f"delete from queries_{table}"):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            connection.cursor().execute(statement)
