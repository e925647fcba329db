"""Errors as Dagster stores them, as texts, made errors again so that `endings` can say how a run ended on them."""

from __future__ import annotations

import builtins
import re
from pydoc import locate
from typing import Any

from workspace.errors import PlainError

# As Python prints an error: its class with its module, then its text.
_PRINTED = re.compile(r"(?P<kind>[\w.]+)(?:: (?P<text>.*))?", re.DOTALL)
# As an error of a file or a disk prints itself.
_OF_THE_SYSTEM = re.compile(r"\[Errno (?P<number>\d+)\] (?P<words>[^:\n]*)(?:: ['\"](?P<file>.*?)['\"])?")
_OURS = (
    "console.",
    "demo.",
    "expectations.",
    "ingestion.",
    "orchestration.",
    "publishing.",
    "reporting.",
    "workspace.",
)


def revived(stored: Any) -> BaseException:
    """An error of the same kind and text, with those that led to it; `stored` is Dagster's SerializableErrorInfo.

    Errors that Dagster wraps around others are left out. Of classes that are neither ours nor Python's own only the
    text is kept.
    """
    while stored.cause is not None and str(stored.cls_name).startswith("Dagster"):
        stored = stored.cause
    found = _PRINTED.match(str(stored.message).strip())
    kind, text = (found["kind"], found["text"] or "") if found else ("", str(stored.message))
    error = _made(kind, text.strip())
    led_to_it = stored.cause or stored.context
    if led_to_it is not None:
        error.__cause__ = revived(led_to_it)
    return error


def _made(kind: str, text: str) -> BaseException:
    if kind.startswith(_OURS):
        ours = locate(kind)
        if isinstance(ours, type) and issubclass(ours, PlainError):
            error = PlainError(text)
            error.ending = ours.ending
            return error
    own = getattr(builtins, kind, None)
    if isinstance(own, type) and issubclass(own, OSError):
        said = _OF_THE_SYSTEM.match(text)
        if said:
            return OSError(int(said["number"]), said["words"], said["file"])
    if isinstance(own, type) and issubclass(own, MemoryError | ImportError | KeyboardInterrupt):
        return own(text)
    return Exception(text)
