"""Which receipts a build has to leave out so that it passes: as few as can be found, in a bounded number of tries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Receipts = frozenset[str]


@dataclass(frozen=True)
class Attempt:
    """How one try to build ended."""

    passed: bool
    named: Mapping[str, int]  # receipts that the failing rows lead to, with how closely: the higher, the closer
    same_as: str = ""  # what failed, to tell one failure from another


@dataclass(frozen=True)
class LeftOut:
    """What was left out of a build that passed."""

    receipts: Receipts
    is_certain: bool  # whether each of them was shown to stop the build; else one of them at least does


class _OutOfTriesError(Exception):
    pass


class Search:
    """The search for the receipts to leave out.

    `attempt` builds without some receipts; what was tried once is not tried again. `may_go_on` is asked before each
    try, with the number of those that were made.
    """

    def __init__(
        self, first: Attempt, attempt: Callable[[Receipts], Attempt], may_go_on: Callable[[int], bool]
    ) -> None:
        self._attempt = attempt
        self._may_go_on = may_go_on
        self._known: dict[Receipts, Attempt] = {frozenset(): first}
        self._is_certain = True
        self.gave_up = False  # whether the tries were used up before anything was known

    def find(self, new: Sequence[str], others: Sequence[str] = ()) -> LeftOut | None:
        """The receipts without which the build passes; None where none of those given is to blame.

        Looked among `new` first, the likeliest first; only where leaving out all of them does not help, among `others`.
        """
        for suspects in (new, [*new, *others]) if others else (new,):
            found = self._among(suspects)
            if found:
                return LeftOut(frozenset(found), self._is_certain)
        return None

    def _among(self, suspects: Sequence[str]) -> Sequence[str]:
        if not suspects:
            return ()
        try:
            named = self._by_rows(suspects)
            chosen = named or suspects
            if not named and not self._passes(frozenset(suspects)):
                return ()
        except _OutOfTriesError:
            self.gave_up = True
            return ()
        closeness = self._known[frozenset()].named
        return self._narrow(sorted(chosen, key=lambda one: -closeness.get(one, 0)), frozenset())

    def _by_rows(self, suspects: Sequence[str]) -> Sequence[str]:
        """The suspects that the failing rows lead to, where leaving them out helps; what then fails leads further."""
        out: list[str] = []
        attempt = self._known[frozenset()]
        while True:
            closest = max((attempt.named.get(one, 0) for one in suspects if one not in out), default=0)
            more = [one for one in suspects if one not in out and closest and attempt.named.get(one) == closest]
            if not more:
                return ()
            out += more
            if self._passes(frozenset(out)):
                return out
            attempt = self._known[frozenset(out)]

    def _narrow(self, suspects: Sequence[str], beside: Receipts) -> Sequence[str]:
        """As few of the suspects as suffice. Without `beside` alone the build fails, without all of both it passes."""
        if len(suspects) == 1:
            return suspects
        half = (len(suspects) + 1) // 2
        first, second = suspects[:half], suspects[half:]
        try:
            for part in (first, second):
                if self._passes(beside | frozenset(part)):
                    return self._narrow(part, beside)
        except _OutOfTriesError:
            self._is_certain = False
            return suspects
        some = self._narrow(first, beside | frozenset(second))
        return [*some, *self._narrow(second, beside | frozenset(some))]

    def _passes(self, without: Receipts) -> bool:
        if without not in self._known:
            if not self._may_go_on(len(self._known)):
                raise _OutOfTriesError
            self._known[without] = self._attempt(without)
        return self._known[without].passed
