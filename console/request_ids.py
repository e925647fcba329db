"""Each request has an id: people read it on the page of an error, and the log of errors has it too."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

HEADER = "X-Request-ID"
# Letters and digits that nobody mistakes for one another when they are read out on the telephone.
_SYMBOLS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_log = logging.getLogger(__name__)


class RequestIds:
    """Middleware, the outermost: gives each request its id and sends it back in the header X-Request-ID."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer. What visitors send as an id counts for nothing: two requests never have the same."""
        setattr(request, "_id", new_id())  # noqa: B010
        response = self._get_response(request)
        response[HEADER] = id_of(request)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = _logged(request, response.streaming_content)
        return response


def new_id() -> str:
    """Such as K7QF-3XWB: eight of thirty symbols, enough that no two errors in a log are alike."""
    drawn = "".join(secrets.choice(_SYMBOLS) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def id_of(request: HttpRequest | None) -> str:
    """The id of a request; empty where it has none."""
    return str(getattr(request, "_id", ""))


def _logged(request: HttpRequest, content: Any) -> Iterator[bytes]:
    """The parts of an answer as they are sent; what goes wrong in between is logged with the request's id."""
    try:
        yield from content
    except Exception:
        _log.exception("An answer broke off while it was sent", extra={"request": request})
        raise
