"""Tell people how a night went, by e-mail and by a webhook, as the environment says.

RETURNS_SMTP_URL     smtp://user:password@host:587 (STARTTLS where the server offers it) or smtps://host:465
RETURNS_NOTIFY_TO    addresses, with commas between
RETURNS_NOTIFY_FROM  the sender's address; else the first of the receivers
RETURNS_WEBHOOK_URL  an address that takes {"subject": …, "text": …} as JSON, as chat programs do

Telling never makes a night fail: what could not be told is said where the night was started.
"""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from orchestration.retry import BACK_OFF, retrying

_TIMEOUT_SECONDS = 15
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class NotifyError(Exception):
    """A message could not be delivered, or the settings cannot be used; said in one line."""


@dataclass(frozen=True)
class Message:
    """What people are told."""

    subject: str
    text: str


@dataclass(frozen=True)
class Channels:
    """Where people are told; None and empty where a way is not used."""

    smtp_url: str | None = None
    to: tuple[str, ...] = ()
    sender: str | None = None
    webhook_url: str | None = None


def channels_from(environment: Mapping[str, str] | None = None) -> Channels:
    """The ways of telling that the environment names."""
    values = os.environ if environment is None else environment
    to = tuple(address.strip() for address in values.get("RETURNS_NOTIFY_TO", "").split(",") if address.strip())
    return Channels(
        smtp_url=values.get("RETURNS_SMTP_URL") or None,
        to=to,
        sender=values.get("RETURNS_NOTIFY_FROM") or (to[0] if to else None),
        webhook_url=values.get("RETURNS_WEBHOOK_URL") or None,
    )


def tell(message: Message, channels: Channels, *, back_off: Sequence[float] = BACK_OFF) -> tuple[str, ...]:
    """Send a message every way there is; one sentence for each way that failed.

    What can pass (a full mail server, a line that is down) is tried again after each wait of `back_off`, in seconds.
    """
    problems = []
    if channels.smtp_url:
        try:
            if not channels.to:
                raise NotifyError("RETURNS_SMTP_URL is set but RETURNS_NOTIFY_TO names nobody.")
            retrying(lambda: _mail(message, channels), can_pass=_can_pass, back_off=back_off)
        except (NotifyError, OSError, ValueError) as error:
            problems.append(f"No e-mail could be sent: {_plain(error)}")
    if channels.webhook_url:
        url = channels.webhook_url
        try:
            retrying(lambda: _post(message, url), can_pass=_can_pass, back_off=back_off)
        except (NotifyError, OSError, ValueError) as error:
            problems.append(f"The webhook could not be called: {_plain(error)}")
    return tuple(problems)


def _mail(message: Message, channels: Channels) -> None:
    assert channels.smtp_url
    url = urlsplit(channels.smtp_url)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise NotifyError("RETURNS_SMTP_URL is not like smtp://user:password@host:587.")
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.subject, channels.sender, ", ".join(channels.to)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(url.hostname, url.port or 465, timeout=_TIMEOUT_SECONDS, context=context)
        if url.scheme == "smtps"
        else smtplib.SMTP(url.hostname, url.port or 25, timeout=_TIMEOUT_SECONDS)
    ) as server:
        server.ehlo()
        safe = url.scheme == "smtps"
        if not safe and server.has_extn("starttls"):
            server.starttls(context=context)
            safe = True
        if url.username:
            if not safe and url.hostname not in _HERE:
                raise NotifyError("The mail server offers no encryption, so we did not send it the password.")
            server.login(unquote(url.username), unquote(url.password or ""))
        refused = server.send_message(mail)
    if refused:
        raise NotifyError(f"The mail server did not take {', '.join(sorted(refused))}.")


def _post(message: Message, url: str) -> None:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise NotifyError("RETURNS_WEBHOOK_URL is not an http or https address.")
    body = json.dumps({"subject": message.subject, "text": f"{message.subject}\n{message.text}"}).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310
        pass


def _can_pass(error: Exception) -> bool:
    """Whether a later try may succeed: the line is down, the server is full (4xx in mail, 429 and 5xx in HTTP)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())  # noqa: PLR2004
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500  # noqa: PLR2004
    if isinstance(error, urllib.error.HTTPError):
        return error.code == 429 or error.code >= 500  # noqa: PLR2004
    if isinstance(error, urllib.error.URLError):
        return not isinstance(error.reason, ssl.SSLCertVerificationError)
    return isinstance(error, OSError) and not isinstance(error, ssl.SSLCertVerificationError)


def _plain(error: Exception) -> str:
    """An error in one line, without addresses that may hold a password."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {text.decode(errors='replace')}" for code, text in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    return " ".join(str(error).split())
