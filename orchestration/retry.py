"""Try again what can pass by itself, and only that: a locked file, a busy disk, a mail server that is full."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

# Seconds to wait before the second, third and fourth try.
BACK_OFF: tuple[float, ...] = (1.0, 4.0, 16.0)
_PASSING_ERRORS = frozenset(
    {errno.EAGAIN, errno.EBUSY, errno.ETXTBSY, errno.ESTALE, errno.ETIMEDOUT, errno.ECONNRESET, errno.EINTR}
)
_LOCKED = ("could not set lock", "conflicting lock", "database is locked", "being used by another process")
_Result = TypeVar("_Result")


def is_locked(error: BaseException) -> bool:
    """Whether an error of a file or a database says that somebody else has it at the moment."""
    if isinstance(error, OSError) and error.errno in _PASSING_ERRORS:
        return True
    return any(words in str(error).lower() for words in _LOCKED)


def retrying(
    call: Callable[[], _Result],
    *,
    can_pass: Callable[[Exception], bool] = is_locked,
    back_off: Sequence[float] = BACK_OFF,
    sleep: Callable[[float], None] = time.sleep,
) -> _Result:
    """The result of `call`, tried again after each wait of `back_off` while its error can pass.

    Raises the last error when the waits are used up, and any other error at once.
    """
    for wait in back_off:
        try:
            return call()
        except Exception as error:
            if not can_pass(error):
                raise
        sleep(wait)
    return call()
