"""A letter as an e-mail: a text to copy, and a draft with the workbook for a mail program."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from console.access.models import User
from console.access.roles import AGENCY
from console.queries.models import Letter, Question
from console.queries.workbook import place_of

_BOUNDARY = "letter-and-workbook"


def recipients(letter: Letter) -> list[str]:
    """The addresses of everybody of the lead agency who may sign in; nobody else of theirs is known."""
    users = User.objects.filter(role=AGENCY, cluster_id=letter.cluster_id, is_active=True)
    return list(users.order_by("email").values_list("email", flat=True))


def subject(letter: Letter) -> str:
    """What the e-mail is about."""
    return f"Questions about the returns of {letter.cluster_name} (letter {letter.pk})"


def as_text(letter: Letter, questions: Sequence[Question], *, address: str, ask_whom: str) -> str:
    """The e-mail: how to answer, by when, and every question. `address` is that of the letter's page."""
    count = "one question" if len(questions) == 1 else f"{len(questions)} questions"
    lines = [
        "Dear colleague,",
        f"we have {count} about the returns of {letter.cluster_name}. "
        f"Please answer by {letter.answer_by:%A, %-d %B %Y}.",
        *([letter.note] if letter.note else []),
        "You can answer in one of two ways.",
        f"On the page: sign in and open {address}",
        "In the workbook: choose or type an answer beside each figure, and upload the workbook on that page.",
        f"If a question is not clear, please ask {ask_whom}.",
        *(_in_words(question) for question in questions),
    ]
    return "\n\n".join(lines) + "\n"


def as_eml(letter: Letter, text: str, workbook: bytes) -> bytes:
    """The e-mail as a draft; the same letter, text and workbook give the same bytes."""
    message = EmailMessage(policy=SMTP)
    # Outlook opens it for writing, not as a message that came in.
    message["X-Unsent"] = "1"
    message["Subject"] = subject(letter)
    message["Date"] = format_datetime(letter.made_at)
    to = recipients(letter)
    if to:
        message["To"] = ", ".join(to)
    message.set_content(text)
    message.add_attachment(
        workbook,
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        filename=f"letter-{letter.pk}.xlsx",
    )
    message.set_boundary(_BOUNDARY)
    return message.as_bytes()


def _in_words(question: Question) -> str:
    about = ", ".join(part for part in (question.organisation_name, question.reporting_year, question.label) if part)
    place = place_of(question)
    return (
        f"{question.number}. {about or 'The return'}{f' ({place})' if place else ''}\n{question.message} {question.ask}"
    )
