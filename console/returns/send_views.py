"""For lead agencies: check a return as often as they like, and send it once it is as it should be."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import duckdb
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from console.access.audit import record
from console.access.clusters import check_own_cluster, user_of
from console.releases import NoReleaseError, release_of
from console.returns.checking import CheckError, Refused, check, in_parts, notes_of
from console.returns.delivery import DeliveryError, finish, inbox_name, is_delivered, is_received, prepare
from console.returns.models import Sent
from console.returns.newest import Before, before
from console.returns.programme import cluster_name, programme
from console.returns.states import due_of, receipts
from console.returns.upload_limit import was_too_large
from console.returns.uploads import Upload, file_of, find_upload, forget_upload, keep_answer, keep_upload
from ingestion.opening import too_early
from ingestion.receive import MOST_BYTES
from workspace.records import DamagedError

_UNPROCESSABLE, _UNAVAILABLE = 422, 503
_log = logging.getLogger(__name__)
_CHOOSE = "Choose the workbook that you want to have checked."


class UploadForm(forms.Form):
    """The workbook to check."""

    file = forms.FileField(
        label="Your return",
        help_text=f"The form as a workbook (.xlsx, .xls, .xlsb, .ods) or .csv, up to {MOST_BYTES // 1_000_000} MB.",
        error_messages={
            "required": _CHOOSE,
            "empty": "This file is empty. Save the form, and choose it again.",
            "max_length": "The name of this file is too long. Give it a shorter one, and choose it again.",
        },
        max_length=255,
    )


class SignOffForm(forms.Form):
    """Who sends the return, and what they say with it."""

    name = forms.CharField(
        label="Your full name",
        max_length=150,
        error_messages={"required": "Write your full name: a return is signed off by a person."},
    )
    agree = forms.BooleanField(error_messages={"required": "Tick the statement, or do not send the return yet."})


def upload_return(request: HttpRequest) -> HttpResponse:
    """The page on which a lead agency has a workbook checked. Nothing is sent by it."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    status = 200
    if request.method == "POST":
        upload, status = _checked(request, form)
        if upload:
            return redirect("returns:checked", token=upload.token)
    cluster_id = user_of(request).cluster_id
    about = {"form": form, "cluster_name": cluster_name(cluster_id)} | years_to_send(cluster_id, timezone.localdate())
    return render(request, "returns/check.html", about, status=status)


def years_to_send(cluster_id: str, today: date) -> dict[str, Any]:
    """The reporting years that a cluster may send today, the newest first, and the next one that opens; by `due_of`."""
    years = sorted(due_of(programme(), cluster_id).items(), key=lambda one: one[0], reverse=True)
    told = [{"year": year, **about} for (_, year), about in years]
    later = [one for one in told if one["opens_on"] and one["opens_on"] > today]
    return {
        "open_years": [one for one in told if one["opens_on"] and one["opens_on"] <= today],
        "next_year": min(later, key=lambda one: one["opens_on"], default=None),
    }


def _checked(request: HttpRequest, form: UploadForm) -> tuple[Upload | None, int]:
    """The upload with its answer; or None and the status, with what is wrong told by the form."""
    if was_too_large(request):
        form.full_clean()
        form.errors.pop("file", None)
        form.add_error(
            "file",
            f"This file is larger than {MOST_BYTES // 1_000_000} MB, more than any return has. Remove pictures and "
            "sheets that do not belong to the form, save it and try again.",
        )
        return None, 413
    if not form.is_valid():
        return None, _UNPROCESSABLE
    sent = form.cleaned_data["file"]
    user, uploads = user_of(request), _uploads()
    try:
        upload = keep_upload(
            uploads, sent.chunks(), sent.name or "", cluster_id=user.cluster_id, by=user.email, at=timezone.localtime()
        )
    except OSError:
        _log.exception("An upload cannot be kept")
        form.add_error("file", "We could not take your file just now. Please try again later.")
        return None, _UNAVAILABLE
    problem, status = "", _UNPROCESSABLE
    try:
        answer = check(
            file_of(uploads, upload), upload.shown_name, home=settings.HOME, programme=Path(settings.PROGRAMME)
        )
    except CheckError as error:
        answer, problem, status = None, str(error), _UNAVAILABLE
    if isinstance(answer, Refused):
        problem = f"{answer.message} {answer.ask}"
    elif answer and answer["cluster_id"] != user.cluster_id:
        problem = (
            f"This return is not for {cluster_name(user.cluster_id)}: its cover names another cluster. "
            "Choose the right file, or correct the cluster on the cover."
        )
    about = f"{upload.shown_name} ({upload.sha256[:16]})"
    record(request, "upload", f"{about}: {problem or 'checked'}")
    if problem or answer is None or isinstance(answer, Refused):
        forget_upload(uploads, upload)
        form.add_error("file", problem)
        return None, status
    return keep_answer(uploads, upload, answer), 200


def _asked_again_where_damaged(view: Callable[[HttpRequest, str], HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask for a file again of whose upload our disk has damaged the record; nothing of it was sent."""

    @wraps(view)
    def whole(request: HttpRequest, token: str) -> HttpResponse:
        try:
            return view(request, token)
        except DamagedError as damage:
            _log.error("%s", damage)
            messages.error(
                request,
                "What we kept of your file was damaged here, so nothing of it was sent. That is no fault of your file: "
                "please have it checked once more, then send it.",
            )
            return redirect("returns:check")

    return whole


@_asked_again_where_damaged
def checked_return(request: HttpRequest, token: str) -> HttpResponse:
    """What the night would say about a file, the worst first."""
    upload = _upload(request, token)
    about = {
        "upload": upload,
        "answer": upload.answer,
        "cluster_name": cluster_name(upload.cluster_id),
        "parts": in_parts(upload.answer),
        "notes": notes_of(upload.answer),
        "before": _before(request, upload),
    }
    return render(request, "returns/checked.html", about)


@_asked_again_where_damaged
def send_return(request: HttpRequest, token: str) -> HttpResponse:
    """Sign off a checked return and send it."""
    upload = _upload(request, token)
    known = _before(request, upload)
    if known.is_last and known.sent is None:
        return redirect("returns:checked", token=token)
    if known.is_last and known.sent and known.is_delivered:
        return redirect("returns:receipt", number=known.sent.pk)
    year = str(upload.answer["reporting_year"])
    early = too_early(programme(), year, on=timezone.localdate()) if programme().has_year(year) else None
    form = SignOffForm(request.POST) if request.method == "POST" else SignOffForm()
    form.fields["agree"].label = statement = _statement(upload)
    status = 200
    if request.method == "POST":
        status = _UNPROCESSABLE
        if early:
            form.add_error(None, f"{early.message} {early.ask}")
        elif form.is_valid():
            try:
                sent = _send(request, upload, known.arrival, form.cleaned_data["name"], statement)
            except DeliveryError as error:
                form.add_error(None, str(error))
            else:
                forget_upload(_uploads(), upload)
                return redirect("returns:receipt", number=sent.pk)
    about = {
        "form": form,
        "upload": upload,
        "cluster_name": cluster_name(upload.cluster_id),
        "early": early,
        "before": known,
    }
    return render(request, "returns/send.html", about | _questions(upload), status=status)


def _before(request: HttpRequest, upload: Upload) -> Before:
    """What is known of the bytes of an upload. A release that is missing or damaged keeps nobody from sending."""
    try:
        files = receipts(release_of(request))
    except (NoReleaseError, OSError, duckdb.Error):
        files = []
    return before(upload, files, settings.HOME)


def _send(request: HttpRequest, upload: Upload, arrival: int, name: str, statement: str) -> Sent:
    """Write the sign-off down and put the file into the inbox; neither without the other, also after a crash.

    Of two who send the same file at the same moment, the second gets the receipt of the first.
    """
    place = inbox_name(upload, arrival)
    prepare(settings.HOME, file_of(_uploads(), upload), place, upload.sha256)
    with transaction.atomic():
        sent, new = Sent.objects.get_or_create(
            cluster_id=upload.cluster_id,
            sha256=upload.sha256,
            arrival=arrival,
            defaults={
                "reporting_year": upload.answer["reporting_year"],
                "file_name": upload.shown_name,
                "inbox_name": place,
                "size_bytes": upload.size_bytes,
                "organisations": upload.answer["organisation_rows"],
                "sent_at": timezone.localtime(),
                "sent_by": user_of(request).email,
                "signed_by": name,
                "statement": statement,
                **_questions(upload),
            },
        )
        if new:
            record(request, "return", f"{sent.inbox_name} for {sent.reporting_year}, receipt {sent.pk}")
    finish(settings.HOME, sent.inbox_name, sent.sha256)
    return sent


def receipt(request: HttpRequest, number: int) -> HttpResponse:
    """What was sent, when, by whom, and what happens next."""
    sent = get_object_or_404(Sent, pk=number)
    check_own_cluster(user_of(request), sent.cluster_id)
    about = {
        "sent": sent,
        "cluster_name": cluster_name(sent.cluster_id),
        "received": is_received(settings.HOME, sent.inbox_name, sent.sha256),
        "delivered": is_delivered(settings.HOME, sent.inbox_name, sent.sha256),
        "ask_whom": programme().ask_whom,
    }
    return render(request, "returns/receipt.html", about)


def _upload(request: HttpRequest, token: str) -> Upload:
    upload = find_upload(_uploads(), token)
    if upload is None:
        raise Http404
    check_own_cluster(user_of(request), upload.cluster_id)
    return upload


def _uploads() -> Path:
    return Path(settings.HOME) / "uploads"


def _questions(upload: Upload) -> dict[str, int]:
    counts = Counter(alert["severity"] for alert in upload.answer["alerts"])
    return {"to_put_right": counts["reject"] + counts["error"], "to_look_at": counts["warning"]}


def _statement(upload: Upload) -> str:
    asked: Any = upload.answer
    return (
        f"I send this return of {cluster_name(upload.cluster_id)} for {asked['reporting_year']} on behalf of the lead "
        "agency. To the best of our knowledge it is complete and right, and blanks are answers that we do not have."
    )
