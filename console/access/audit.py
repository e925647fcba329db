"""The audit log: who did what and when. It is written here and only ever added to.

It keeps no address of a machine: django-axes has one for as long as it needs it to count wrong passwords.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase

from console.access.models import EVENTS, AuditEntry, User

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_LONGEST = 2000
_FIRST_THAT_FAILED = 400


def record(request: HttpRequest | None, what: str, about: str = "", *, user: User | None = None) -> None:
    """Write down that somebody did something: the user of the request, or `user` where that is another.

    `what` is one of `console.access.models.EVENTS`, `about` says which file, alerts, mart or person in a few words.
    """
    if what not in EVENTS:
        raise ValueError(f"The audit log knows nothing of {what!r}; see console.access.models.EVENTS.")
    found = user or getattr(request, "user", None)
    who = found if isinstance(found, User) else None
    AuditEntry.objects.create(
        who=who.email if who else "", role=who.role if who else "", what=what, about=about[:_LONGEST]
    )


def recorded(what: str) -> Callable[[View], View]:
    """A decorator of a view: writes its address down whenever it answered well, such as for a download."""

    def decorate(view: View) -> View:
        @wraps(view)
        def recording(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            if response.status_code < _FIRST_THAT_FAILED:
                record(request, what, request.get_full_path())
            return response

        return recording  # type: ignore[return-value]

    return decorate
