"""The log of errors: one line of JSON for each, with what an operator needs and nothing that people typed.

A line has the time, the level, the logger, the id of the request, its method and its page by name (not its address),
the role of the reader (not the name), the class of the error and the places in the code. The text of an error is left
out: it may quote a cell of a return, an e-mail address or a query.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.request_ids import id_of

_PROJECT = Path(__file__).parents[1]
_MOST_PLACES = 30
_FRAME = re.compile(r'  File "(.+?)", line (\d+), in (\S+)')
_CLASS = re.compile(r"[A-Za-z_][\w.]*(?=:|$)")


class Line(logging.Formatter):
    """A record as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Only loggers of our own say their words in full: others put what was sent into theirs."""
        ours = record.name.startswith("console")
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if ours else _without_values(str(record.msg)),
            **_about_request(getattr(record, "request", None)),
            "status": getattr(record, "status_code", None),
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            told |= {"error": _kinds(error), "places": _places(error)}
        return json.dumps({name: value for name, value in told.items() if value not in (None, "", [])})


def trace_of_text(text: str) -> str:
    """The places in the code and the class of the error in a traceback that another process wrote."""
    frames = [f"{_place(file)}:{line} {name}" for file, line, name in _FRAME.findall(text)][-_MOST_PLACES:]
    last = text.strip().splitlines()[-1:] or [""]
    kind = _CLASS.match(last[0]) if frames else None
    return " < ".join([*([kind[0]] if kind else []), *reversed(frames)]) or "no traceback"


def _about_request(request: Any) -> dict[str, object]:
    """Id, method, page and role; nothing of a request that is not Django's."""
    if request is None or not hasattr(request, "META"):
        return {}
    found = getattr(request, "resolver_match", None)
    # Only what has been looked up already: the operational database may be what is wrong.
    user = getattr(request, "_cached_user", None)
    return {
        "request_id": id_of(request),
        "method": request.method,
        "page": found.view_name if found else None,
        "role": getattr(user, "role", None),
    }


def _without_values(message: str) -> str:
    """What a library says, without the values that it puts in: the words up to the first of them."""
    return re.split(r"[%{:'\"]", message)[0].strip()


def _kinds(error: BaseException) -> Sequence[str]:
    """The classes of an error and of those that it came from, the last first."""
    found: list[str] = []
    one: BaseException | None = error
    while one is not None and len(found) < _MOST_PLACES:
        number = getattr(one, "errno", None) or getattr(one, "sqlite_errorname", None) or getattr(one, "sqlstate", None)
        found.append(type(one).__name__ + (f" {number}" if number else ""))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


def _places(error: BaseException) -> list[str]:
    """Where it happened: file, line and function, the innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{_place(one.filename)}:{one.lineno} {one.name}" for one in reversed(frames)][:_MOST_PLACES]


def _place(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(_PROJECT) and ".venv" not in path.parts:
        return str(path.relative_to(_PROJECT))
    return (
        str(Path(*path.parts[path.parts.index("site-packages") + 1 :])) if "site-packages" in path.parts else path.name
    )
