"""What there is, for somebody who asked for what there is not: the closest first, and never more than can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

_MOST = 10
# From how alike on, of 1, something may have been meant.
_ALIKE = 0.6


def what_there_is(asked: str, known: Iterable[object] | Mapping[str, str]) -> str:
    """One or two sentences: what may have been meant, and what there is, in its own order where that is not much.

    `known` are ids, or ids with the name of each, by which a person may ask too.
    """
    names = (
        {str(one): str(known[one]) for one in known} if isinstance(known, Mapping) else {str(one): "" for one in known}
    )
    if not names:
        return "There are none."

    def unlike(one: str) -> float:
        return -max(_likeness(asked, one), _likeness(asked, names[one]))

    closest = sorted(names, key=unlike)
    meant = f"Did you mean {_shown(closest[0], names)}? " if -unlike(closest[0]) >= _ALIKE else ""
    listed = list(names) if len(names) <= _MOST else closest[:_MOST]
    more = f" and {len(names) - len(listed):,} more" if len(names) > len(listed) else ""
    shown = ", ".join(_shown(one, names) for one in listed)
    return f"{meant}There {'is' if len(names) == 1 else 'are'}: {shown}{more}."


def _shown(one: str, names: Mapping[str, str]) -> str:
    return f"{one} ({names[one]})" if names[one] else one


def _likeness(asked: str, name: str) -> float:
    return SequenceMatcher(None, asked.casefold(), name.casefold()).ratio()
