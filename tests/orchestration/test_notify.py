"""Telling people, against a real mail server and a real HTTP server."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message as ReceivedMail
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler
from aiosmtpd.smtp import SMTP, AuthResult

from orchestration.home import Home
from orchestration.messages import message_of
from orchestration.notify import Channels, Message, channels_from, tell
from orchestration.run_records import NightRecord
from tests.orchestration.conftest import Returns

HELLO = Message("Cluster Returns: night of 2026-07-01 published", "Returns: 17 landed\nÉtat: £5\n")


class Mailbox(MailHandler):
    """Keeps what arrives; answers the first tries as it is told."""

    def __init__(self, answers: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.mails: list[ReceivedMail] = []
        self.answers = list(answers)
        self.tries = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.tries += 1
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message: ReceivedMail) -> None:
        self.mails.append(message)


@contextmanager
def mail_server(box: Mailbox, **options: Any) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=60, **options)
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()


@contextmanager
def web_server(answers: list[int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An HTTP server that answers with these codes, then with 200, and keeps what it was sent."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(json.loads(body))
            self.send_response(answers.pop(0) if answers else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", received
    finally:
        server.shutdown()
        server.server_close()


def mail_to(address: str) -> Channels:
    return Channels(smtp_url=f"smtp://{address}", to=("a@example.org", "b@example.org"), sender="returns@example.org")


def test_a_mail_arrives_whole() -> None:
    box = Mailbox()
    with mail_server(box) as address:
        assert tell(HELLO, mail_to(address)) == ()
    (mail,) = box.mails
    assert mail["Subject"] == HELLO.subject
    assert mail["To"] == "a@example.org, b@example.org"
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().splitlines() == HELLO.text.splitlines()


def test_a_full_mail_server_is_tried_again() -> None:
    box = Mailbox(("452 The mailbox is full", "452 The mailbox is full", "451 Not now", "451 Not now"))
    with mail_server(box) as address:
        assert tell(HELLO, mail_to(address), back_off=(0.05, 0.05, 0.05)) == ()
    assert len(box.mails) == 1
    assert box.tries == 6


def test_an_address_that_does_not_exist_is_not_tried_again() -> None:
    box = Mailbox(("550 No such person",) * 9)
    with mail_server(box) as address:
        (problem,) = tell(HELLO, mail_to(address), back_off=(0.05, 0.05))
    assert problem.startswith("No e-mail could be sent: 550 No such person")
    assert (box.mails, box.tries) == ([], 2)


def test_a_password_is_given_to_a_server_on_this_machine() -> None:
    seen: list[tuple[bytes, bytes]] = []

    def check(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss/word")

    box = Mailbox()
    with mail_server(box, authenticator=check, auth_require_tls=False, auth_required=True) as address:
        url = f"smtp://someone:p%40ss%2Fword@{address}"
        assert tell(HELLO, Channels(smtp_url=url, to=("a@example.org",), sender="a@example.org")) == ()
    assert seen[-1] == (b"someone", b"p@ss/word")
    assert len(box.mails) == 1


def test_a_password_that_is_wrong_is_said_without_it() -> None:
    def check(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    with mail_server(Mailbox(), authenticator=check, auth_require_tls=False) as address:
        url = f"smtp://someone:secret@{address}"
        (problem,) = tell(HELLO, Channels(smtp_url=url, to=("a@example.org",), sender="a@example.org"))
    assert "535" in problem
    assert "secret" not in problem


def test_nobody_listening_is_one_sentence() -> None:
    channels = Channels("smtp://127.0.0.1:1", ("a@example.org",), "a@example.org", "http://127.0.0.1:1/")
    mail, hook = tell(HELLO, channels, back_off=(0.01,))
    assert mail.startswith("No e-mail could be sent: ")
    assert "refused" in mail
    assert hook.startswith("The webhook could not be called: ")


def test_a_webhook_gets_json_and_is_tried_again_only_where_that_may_help() -> None:
    with web_server([503, 429]) as (url, received):
        assert tell(HELLO, Channels(webhook_url=url), back_off=(0.05, 0.05, 0.05)) == ()
    assert len(received) == 3
    assert received[-1] == {"subject": HELLO.subject, "text": f"{HELLO.subject}\n{HELLO.text}"}
    with web_server([404]) as (url, received):
        (problem,) = tell(HELLO, Channels(webhook_url=url), back_off=(0.05, 0.05))
    assert len(received) == 1
    assert problem == "The webhook could not be called: HTTP Error 404: Not Found"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"RETURNS_SMTP_URL": "smtp://127.0.0.1"}, "RETURNS_NOTIFY_TO names nobody"),
        ({"RETURNS_SMTP_URL": "mail.example.org", "RETURNS_NOTIFY_TO": "a@example.org"}, "is not like smtp://"),
        ({"RETURNS_WEBHOOK_URL": "file:///etc/passwd"}, "is not an http or https address"),
    ],
)
def test_settings_that_cannot_be_used_are_said(settings: dict[str, str], says: str) -> None:
    (problem,) = tell(HELLO, channels_from(settings))
    assert says in problem


def test_a_night_that_fails_names_the_step_the_cause_and_the_log(tmp_path: Path) -> None:
    record = NightRecord(
        started_at="2026-07-01T02:00:00+00:00", seconds=3.0, programme="p", succeeded=False, failure="No room left.",
        release_id=None, landed_now=0, refused_now=0, waiting=(), log="logs/nightly-1.jsonl", step="warehouse",
    )  # fmt: skip
    told = message_of(Home(tmp_path), record, None)
    assert told.subject == "Cluster Returns: the night of 2026-07-01 FAILED"
    assert told.text.splitlines() == [
        "Step: warehouse",
        "Cause: No room left.",
        f"Log: {tmp_path}/logs/nightly-1.jsonl",
        "There is no release yet.",
    ]


def test_the_command_line_tells_of_a_night_that_fails(tmp_path: Path, returns: Returns) -> None:
    """A register that cannot be used stops the night in the step that loads it."""
    import os

    (tmp_path / "inbox").mkdir()
    (tmp_path / "register").mkdir()
    (tmp_path / "register" / "enrolments.csv").write_text("cluster_id\n", encoding="utf-8")
    with web_server([]) as (url, received):
        night = returns("nightly", "--home", tmp_path, env={**os.environ, "RETURNS_WEBHOOK_URL": url})
    assert night.returncode == 1
    (told,) = received
    lines = told["text"].splitlines()
    assert lines[0].endswith(" FAILED")
    assert lines[1] == "Step: build_database"
    assert "enrolments.csv lacks the column" in lines[2]
    log = Path(lines[3].removeprefix("Log: "))
    assert json.loads(log.read_text(encoding="utf-8").splitlines()[-1])["succeeded"] is False
