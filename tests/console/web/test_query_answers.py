"""The agency answers, the steward accepts or turns down; what is accepted is a decision like any other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from console.queries.models import Letter

pytestmark = [pytest.mark.xdist_group("console"), pytest.mark.usefixtures("taken_back")]
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def letter(home: object) -> Letter:
    """A letter to the agency of Walsall: a figure of an organisation first, then a number that is none, then no row."""
    from django.conf import settings

    from console.decisions.models import Decision
    from console.queries.letters import make_letters
    from console.releases import current_release

    release = current_release(settings.HOME)
    decided = sorted(set(Decision.objects.values_list("alert_id", flat=True)))
    kinds = (
        "organisation_id is not null and field = 'traded_income_gbp'",
        "organisation_id is not null and field = 'charity_number'",
        "organisation_id is null",
    )
    chosen = [
        release.query(
            f"""select min(alert_id) as alert_id from alerts where cluster_id = 'walsall' and mend = 'submitter'
            and {kind} and alert_id not in (select unnest($decided::varchar[]))""",
            {"decided": decided},
        )[0]["alert_id"]
        for kind in kinds
    ]
    day = datetime(2099, 12, 9, tzinfo=UTC).date()
    (made,) = make_letters(release, chosen, by="steward@example.org", at=NOON, answer_by=day, note="")
    return made


def _number(letter: Letter, field: str | None) -> int:
    return next(one.number for one in letter.questions.all() if one.field == field)


def _last(letter: Letter, number: int) -> Any:
    from console.decisions.decide import history

    return history("default", letter.questions.get(number=number).alert_id)[-1]


def _seen() -> dict[str, int]:
    from console.queries.answers import last_seen

    return last_seen()


RIGHT = {"kind": "right", "reason": "contract", "explanation": "We won the care contract."}
FIGURE = {"kind": "figure", "new_value": "£566,000", "explanation": "The accounts to 31 March 2026."}


def test_an_answer_is_kept_and_waits_until_the_steward_accepts_it(
    agency: Client, steward: Client, letter: Letter
) -> None:
    number = _number(letter, "traded_income_gbp")
    page = f"/queries/{letter.pk}/{number}/"
    assert agency.post(page, FIGURE).status_code == 302
    assert _last(letter, number).kind == "ask"
    looked = steward.get(page).content.decode()
    assert "explained, waiting for approval" in looked
    assert "Count another figure in its place: 566,000" in looked
    accepted = steward.post(f"/queries/{letter.pk}/", {"question": number, **_seen()}, follow=True)
    assert "Accepted 1 answer." in accepted.content.decode()
    made = _last(letter, number)
    assert (made.kind, made.new_value, made.decided_by) == ("correct", 566000.0, "steward@example.org")
    assert made.explanation.startswith("The accounts to 31 March 2026. (The lead agency's answer to question")
    assert "settled, another figure counts" in agency.get(page).content.decode()
    late = agency.post(page, RIGHT)
    assert late.status_code == 422
    assert "needs no answer any more: settled, another figure counts." in late.content.decode()


def test_each_kind_of_answer_becomes_the_decision_that_it_proposes(
    agency: Client, steward: Client, letter: Letter
) -> None:
    answers = {
        "traded_income_gbp": RIGHT,
        "charity_number": {"kind": "not-known", "explanation": "They have moved away."},
        None: {"kind": "not-apply", "explanation": "The form had no such line."},
    }
    fields = {one.number: one.field for one in letter.questions.all()}
    known = {field if field in answers else None for field in fields.values()}
    assert known == set(answers)
    for number, field in fields.items():
        told = answers.get(field, answers[None])
        assert agency.post(f"/queries/{letter.pk}/{number}/", told).status_code == 302
    done = steward.post(f"/queries/{letter.pk}/", {"all": "1", **_seen()}, follow=True)
    assert "Accepted 3 answers." in done.content.decode()
    expected = {"traded_income_gbp": ("confirm", "contract"), "charity_number": ("leave-out", "")}
    for number, field in fields.items():
        made = _last(letter, number)
        assert (made.kind, made.reason) == expected.get(field or "", ("rule-wrong", ""))
    again = steward.post(f"/queries/{letter.pk}/", {"all": "1", **_seen()})
    assert again.status_code == 422
    assert "There is no answer to accept" in again.content.decode()


def test_a_turned_down_answer_goes_back_with_the_reason(agency: Client, steward: Client, letter: Letter) -> None:
    page = f"/queries/{letter.pk}/1/"
    agency.post(page, RIGHT)
    silent = steward.post(page, {"reason": " ", **_seen()})
    assert silent.status_code == 422
    assert "Say what the lead agency should tell you instead." in silent.content.decode()
    assert steward.post(page, {"reason": "Which contract was it?", **_seen()}).status_code == 302
    assert "There is no answer to turn down" in steward.post(page, {"reason": "Which?", **_seen()}).content.decode()
    refused = steward.post(f"/queries/{letter.pk}/", {"question": 1, **_seen()})
    assert refused.status_code == 422
    assert "Question 1 has no answer to accept: asked again." in refused.content.decode()
    told = agency.get(page).content.decode()
    assert "asked again" in told
    assert "Which contract was it?" in told
    assert agency.post(page, RIGHT | {"explanation": "The care contract of Dudley."}).status_code == 302
    assert "explained, waiting for approval" in steward.get(page).content.decode()


def test_what_came_after_the_steward_looked_is_not_accepted_unseen(
    agency: Client, steward: Client, letter: Letter
) -> None:
    from console.decisions.decide import Verdict, decide

    number = _number(letter, "traded_income_gbp")
    agency.post(f"/queries/{letter.pk}/{number}/", RIGHT)
    looked = _seen()
    agency.post(f"/queries/{letter.pk}/{number}/", FIGURE)
    for told in ({"question": number}, {"all": "1"}):
        late = steward.post(f"/queries/{letter.pk}/", told | looked)
        assert late.status_code == 422
        assert "in the meantime. Look again first." in late.content.decode()
    looked = _seen()
    alert = letter.questions.get(number=number).alert_id
    decide("default", [alert], Verdict("acknowledge", ""), by="else@example.org", at=NOON)
    assert steward.post(f"/queries/{letter.pk}/", {"question": number, **looked}).status_code == 422
    assert _last(letter, number).kind == "acknowledge"
    assert steward.post(f"/queries/{letter.pk}/", {"question": number, **_seen()}).status_code == 302
    assert _last(letter, number).kind == "correct"


def test_of_all_answers_none_is_accepted_where_one_cannot_be(agency: Client, steward: Client, letter: Letter) -> None:
    from console.decisions.decide import history

    agency.post(f"/queries/{letter.pk}/1/", RIGHT)
    refused = steward.post(f"/queries/{letter.pk}/", {"question": [1, 2], **_seen()})
    assert refused.status_code == 422
    alert = letter.questions.get(number=1).alert_id
    assert [decision.kind for decision in history("default", alert)] == ["ask"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "Choose one of the answers."),
        ({"kind": "right", "explanation": "Yes."}, "Choose the reason"),
        ({"kind": "right", "reason": "contract", "explanation": " "}, "Say why"),
        ({"kind": "figure", "explanation": "So."}, "Give the right figure, in digits."),
        ({"kind": "figure", "new_value": "about 5", "explanation": "So."}, "Give the right figure, in digits."),
        ({"kind": "figure", "new_value": "-5", "explanation": "So."}, "cannot be below zero"),
        ({"kind": "figure", "new_value": "1e300", "explanation": "So."}, "is beyond what this can be"),
        ({"kind": "figure", "new_value": "£30bn", "explanation": "So."}, "from -£20,000,000,000 to £20,000,000,000"),
        ({"kind": "resend", "explanation": "x" * 4001}, "at most 4000 characters"),
        ({"kind": "nonsense", "explanation": "So."}, "not one of the available choices"),
    ],
)
def test_an_answer_that_lacks_something_is_refused_in_words(
    agency: Client, letter: Letter, told: dict[str, str], words: str
) -> None:
    from console.queries.models import Answer

    number = _number(letter, "traded_income_gbp")
    refused = agency.post(f"/queries/{letter.pk}/{number}/", told)
    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert not Answer.objects.filter(question__letter=letter).exists()


def test_the_figure_in_question_is_no_right_figure(agency: Client, letter: Letter) -> None:
    number = _number(letter, "traded_income_gbp")
    value = letter.questions.get(number=number).value
    refused = agency.post(f"/queries/{letter.pk}/{number}/", FIGURE | {"new_value": str(value)})
    assert "That is the figure that we ask about." in refused.content.decode()


def test_a_number_of_a_register_cannot_be_put_right_by_a_decision(agency: Client, letter: Letter) -> None:
    page = f"/queries/{letter.pk}/{_number(letter, 'charity_number')}/"
    assert "The right figure" not in agency.get(page).content.decode()
    assert agency.post(page, FIGURE).status_code == 422


@pytest.mark.parametrize("told", [{"question": "x"}, {"question": "9" * 40}, {"question": "1", "seen_answer": ""}])
def test_a_form_that_is_not_ours_is_refused_in_words(steward: Client, letter: Letter, told: dict[str, str]) -> None:
    refused = steward.post(f"/queries/{letter.pk}/", {**_seen(), **told})
    assert refused.status_code == 422
    assert "Open this page again" in refused.content.decode()


def test_answers_and_decisions_are_in_the_audit_log(agency: Client, steward: Client, letter: Letter) -> None:
    from console.access.models import AuditEntry

    agency.post(f"/queries/{letter.pk}/1/", RIGHT)
    steward.post(f"/queries/{letter.pk}/1/", {"reason": "Which contract?", **_seen()})
    agency.post(f"/queries/{letter.pk}/1/", RIGHT)
    steward.post(f"/queries/{letter.pk}/", {"question": 1, **_seen()})
    found = AuditEntry.objects.filter(about__startswith=f"{letter}:").order_by("pk")
    assert list(found.values_list("who", "what")) == [
        ("agency@example.org", "letter"),
        ("steward@example.org", "letter"),
        ("agency@example.org", "letter"),
        ("steward@example.org", "decision"),
    ]


def test_the_agency_reads_its_own_words_and_whom_to_ask(agency: Client, steward: Client, letter: Letter) -> None:
    page = agency.get(f"/queries/{letter.pk}/").content.decode()
    assert page.count("to answer</strong>") == 3
    assert "waiting for the agency</strong>" not in page
    assert "please ask the WMCA social economy team." in page
    assert "waiting for the agency</strong>" in steward.get(f"/queries/{letter.pk}/").content.decode()
    agency.post(f"/queries/{letter.pk}/1/", RIGHT)
    assert "being looked at</strong>" in agency.get(f"/queries/{letter.pk}/").content.decode()
    answered = agency.get(f"/queries/{letter.pk}/?state=explained, waiting for approval").content.decode()
    assert answered.count('class="console-question"') == 1
