"""The letters, and one letter with its questions: a web page, an e-mail and a workbook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from console.access.audit import record, recorded
from console.access.clusters import limit_to_cluster, user_of
from console.access.roles import AGENCY, STEWARD
from console.alerts.live import live_of, to_be_asked
from console.decisions.kinds import WAITING
from console.queries.answers import AnswerError, accept, in_words, last_seen, verdict_of
from console.queries.emails import as_eml, as_text, recipients
from console.queries.models import Letter, Question
from console.queries.waiting import (
    ASKED_AGAIN,
    EXPLAINED,
    FOR_THE_AGENCY,
    OPEN,
    RESENDING,
    TO_THE_AGENCY,
    Standing,
    State,
    standings,
    states,
)  # fmt: skip
from console.queries.workbook import letter_workbook
from console.releases import NoReleaseError, release_of
from ingestion.programme import read_programme

_A_PAGE = 50
_UNPROCESSABLE = 422
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def letters(request: HttpRequest) -> HttpResponse:
    """The letters, the newest first, each with how many of its questions wait for whom."""
    user = user_of(request)
    all_of_them = limit_to_cluster(Letter.objects.order_by("-pk"), user)
    clusters = dict(all_of_them.order_by("cluster_name").values_list("cluster_id", "cluster_name"))
    chosen = request.GET.get("cluster", "")
    found = all_of_them.filter(cluster_id=chosen) if chosen else all_of_them
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    counts = _counts(states(Question.objects.filter(letter__in=[letter.pk for letter in page])))
    today = timezone.localdate()
    rows = [(one, counts[one.pk], bool(counts[one.pk]["agency"]) and one.answer_by < today) for one in page]
    context: dict[str, Any] = {"page": page, "rows": rows, "clusters": clusters, "chosen": chosen}
    context |= {"may_ask": user.role == STEWARD, "is_agency": user.role == AGENCY}
    if user.role == STEWARD:
        context["to_be_asked"] = _to_be_asked(request)
    return render(request, "queries/list.html", context)


def _to_be_asked(request: HttpRequest) -> int:
    """How many alerts wait for the next letter; none where there is no release yet."""
    try:
        return len(to_be_asked(live_of(release_of(request))))
    except NoReleaseError:
        return 0


def one_letter(request: HttpRequest, letter_id: int) -> HttpResponse:
    """One letter and how its questions stand; a steward accepts the answers here, one by one or all at once."""
    letter = letter_of(request, letter_id)
    problem = ""
    if request.method == "POST":
        problem = _accepted(request, letter)
        if not problem:
            return redirect("queries:letter", letter.pk)
    seen = last_seen()
    found = states(letter.questions.all())
    chosen = request.GET.get("state", "")
    page = Paginator([one for one in found if chosen in ("", one.state)], _A_PAGE).get_page(request.GET.get("page"))
    counts = _counts(found)[letter.pk]
    user = user_of(request)
    context: dict[str, Any] = {
        "letter": letter,
        "page": page,
        "rows": [row_of(one) for one in standings(list(page))],
        "states": [
            (one, TO_THE_AGENCY.get(one, one) if user.role == AGENCY else one)
            for one in sorted({state.state for state in found})
        ],
        "state": chosen,
        "counts": counts,
        "problem": problem,
        "may_accept": user.role == STEWARD and bool(counts["steward"]),
        "may_upload": user.role in {STEWARD, AGENCY} and counts["all"] > counts["closed"],
        "is_agency": user.role == AGENCY,
        "first_to_answer": next((one.number for one in found if one.state in FOR_THE_AGENCY), None),
        "ask_whom": _ask_whom(),
        "seen": seen,
    }
    return render(request, "queries/letter.html", context, status=_UNPROCESSABLE if problem else 200)


@recorded("download")
def workbook(request: HttpRequest, letter_id: int) -> HttpResponse:
    """The letter as a workbook to answer in: the questions that are still open."""
    letter = letter_of(request, letter_id)
    response = HttpResponse(_workbook(letter), content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="letter-{letter.pk}.xlsx"'
    return response


def email(request: HttpRequest, letter_id: int) -> HttpResponse:
    """The text of an e-mail with the questions, to copy."""
    letter = letter_of(request, letter_id)
    context = {"letter": letter, "text": _text(request, letter), "recipients": recipients(letter)}
    return render(request, "queries/email.html", context)


@recorded("download")
def eml(request: HttpRequest, letter_id: int) -> HttpResponse:
    """The same e-mail as a draft that a mail program opens, with the workbook attached."""
    letter = letter_of(request, letter_id)
    file = as_eml(letter, _text(request, letter), _workbook(letter))
    response = HttpResponse(file, content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="letter-{letter.pk}.eml"'
    return response


def letter_of(request: HttpRequest, letter_id: int) -> Letter:
    """The letter of an address. Raises Http404 where there is none, or it is to another agency than the reader."""
    return get_object_or_404(limit_to_cluster(Letter.objects.all(), user_of(request)), pk=letter_id)


def row_of(standing: Standing) -> dict[str, Any]:
    """A question as a list shows it, with the decision that its answer proposes in words."""
    verdict = verdict_of(standing) if standing.state == EXPLAINED else None
    return {
        "standing": standing,
        "question": standing.question,
        "colour": _COLOURS.get(standing.state, "green"),
        "proposal": in_words(verdict) if verdict else "",
    }


_WAIT_FOR = {WAITING: "agency", ASKED_AGAIN: "agency", EXPLAINED: "steward", RESENDING: "return"}
_COLOURS = {WAITING: "yellow", ASKED_AGAIN: "orange", EXPLAINED: "blue", RESENDING: "light-blue"}


def _counts(found: Iterable[State]) -> dict[int, dict[str, int]]:
    """By letter how many questions there are, and how many of them wait for whom."""
    counts: dict[int, dict[str, int]] = {}
    for one in found:
        of_letter = counts.setdefault(one.letter_id, dict.fromkeys(("all", "agency", "steward", "return", "closed"), 0))
        of_letter["all"] += 1
        of_letter[_WAIT_FOR.get(one.state, "closed")] += 1
    return counts


def _accepted(request: HttpRequest, letter: Letter) -> str:
    """Accept what was chosen on the page; why not, where that cannot be."""
    told = [request.POST.get("seen_answer", ""), request.POST.get("seen_decision", "")]
    told += request.POST.getlist("question")
    if not all(text.isdecimal() and len(text) < 19 for text in told):  # noqa: PLR2004 - what a database can count
        return "Open this page again, and choose the answers to accept from it."
    seen_answer, seen_decision, *numbers = map(int, told)
    chosen = None if "all" in request.POST else numbers
    user, now = user_of(request), timezone.localtime()
    try:
        made = accept(letter, chosen, by=user.email, at=now, seen_answer=seen_answer, seen_decision=seen_decision)
    except AnswerError as error:
        return str(error)
    numbered = ", ".join(str(one.question.number) for one in made)
    record(request, "decision", f"{letter}: accepted the answers to questions {numbered}")
    words = "Accepted 1 answer. It counts" if len(made) == 1 else f"Accepted {len(made)} answers. They count"
    messages.success(request, f"{words} from the next night on.")
    return ""


def _workbook(letter: Letter) -> bytes:
    return letter_workbook(letter, _open(letter))


def _text(request: HttpRequest, letter: Letter) -> str:
    questions = _open(letter)
    address = request.build_absolute_uri(letter.get_absolute_url())
    return as_text(letter, questions, address=address, ask_whom=_ask_whom())


def _ask_whom() -> str:
    return read_programme(settings.PROGRAMME).ask_whom


def _open(letter: Letter) -> list[Question]:
    still = [one.number for one in states(letter.questions.all()) if one.state in OPEN]
    return list(letter.questions.filter(number__in=still))
