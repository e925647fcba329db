"""The one exception that turns a file away."""

from __future__ import annotations

import errno
from datetime import date

# The machine's faults and not the file's: they end the night, which is run again when they are mended.
OF_THE_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE})


class Refusal(Exception):  # noqa: N818 - a refusal is an answer to the sender, not a fault of the program
    """A file that is turned away, with the reason and the remedy in words for its sender.

    `rule` is the code of the rule that was broken: F01 (cannot be read), F02 (no known form), F03 (a required column
    is missing), F05 (cluster or year not registered, or the year not open yet). `message` says what is wrong, `ask`
    what to do. Where only the day is wrong, `not_before` is the day from which the same file may be taken; where
    what is wrong was read from the file's name, `by_name` says so: under another name the same bytes may be right.
    """

    def __init__(
        self, rule: str, message: str, ask: str, *, not_before: date | None = None, by_name: bool = False
    ) -> None:
        super().__init__(rule, message, ask)
        self.rule = rule
        self.message = message
        self.ask = ask
        self.not_before = not_before
        self.by_name = by_name

    def __str__(self) -> str:
        return f"{self.rule}: {self.message} {self.ask}"
