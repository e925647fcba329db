"""How a command ends, and the errors whose text is meant for people.

An error of ours says in one sentence what is wrong and in another what to do. Whatever else is raised is unexpected:
its text is for whoever looks into the details, and is never shown.
"""

from __future__ import annotations

from enum import Enum


class Ending(Enum):
    """Each way in which a command ends: its word, as programs read it, and its exit code."""

    GOOD = ("good", 0)
    FINDINGS = ("findings", 1)  # what was asked for was done, and something is wrong with what was looked at
    FAILED_RUN = ("failed run", 1)  # a run began and published nothing; the last release stays
    UNUSABLE = ("unusable", 2)  # a file, a setting or a thing that is named is not there or cannot be used
    HOME = ("home", 2)
    INBOX = ("inbox", 2)
    PROGRAMME = ("programme", 2)
    RELEASE = ("release", 2)
    DAMAGED = ("damaged file", 2)
    LOCKED = ("locked", 3)  # somebody else is writing
    WRONG_CALL = ("wrong call", 4)
    FULL_DISK = ("full disk", 5)
    NO_MEMORY = ("no memory", 5)
    NO_PACKAGE = ("missing package", 5)
    UNEXPECTED = ("unexpected error", 5)
    INTERRUPTED = ("stopped", 130)  # Ctrl-C, SIGINT
    TERMINATED = ("stopped", 143)  # SIGTERM

    @property
    def word(self) -> str:
        """What a program reads."""
        return self.value[0]

    @property
    def exit_code(self) -> int:
        """What a shell sees."""
        return self.value[1]


class PlainError(Exception):
    """An error whose text is meant for people: one sentence for what is wrong, one for what to do about it.

    Each kind says by its `ending` how a command ends on which it is raised.
    """

    ending = Ending.UNUSABLE

    def __init__(self, sentence: str, what_to_do: str = "") -> None:
        super().__init__(sentence, what_to_do)
        self.sentence = sentence
        self.what_to_do = what_to_do

    def __str__(self) -> str:
        """Both sentences, in one line."""
        return " ".join(f"{self.sentence} {self.what_to_do}".split())


class WrongCallError(PlainError):
    """What was asked for is not there, or does not fit: whoever asks can put it right."""

    ending = Ending.WRONG_CALL
