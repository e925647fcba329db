"""Numbers as people read them, and sentences chosen by what the figures did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

NOT_KNOWN = "not known"
# What stands for a figure that the public edition hides; a figure may be one wherever it may be a number.
HIDDEN = "hidden"
Figure = float | str | None
# Changes smaller than this share of the figure before are called unchanged.
_UNCHANGED_RATIO = 0.0005


class Written(str):
    """A figure as people read it, that still knows its number and the way in which it is written (a key of WRITE).

    The number is None where it is not known or hidden.
    """

    __slots__ = ("number", "way")
    number: float | None
    way: str


def _written(text: str, number: float | None, way: str) -> Written:
    found = Written(text)
    found.number, found.way = number, way
    return found


@lru_cache(maxsize=1)
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Every sentence by its subject and by the way the figure turned out (reporting/sentences.yml)."""
    read: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        (Path(__file__).parent / "sentences.yml").read_text(encoding="utf-8")
    )
    return read


def say(subject: str, turn: str, **figures: object) -> str:
    """One sentence with its figures in it. Raises KeyError where the sentence or one of its figures is missing."""
    return sentences()[subject][turn].format_map(figures)


def is_number(value: object) -> float | None:
    """The figure, if it is a number; None where it is not known or hidden."""
    return None if value is None or isinstance(value, str) else float(value)  # type: ignore[arg-type]


def _without_number(value: object) -> str:
    return HIDDEN if value == HIDDEN else NOT_KNOWN


def total(values: Iterable[Figure]) -> Figure:
    """The sum of the figures that are known; hidden where one of them is, None where there is none."""
    given = [value for value in values if value is not None]
    if any(is_number(value) is None for value in given):
        return HIDDEN
    return sum(float(value) for value in given) if given else None


def pounds(value: Figure) -> Written:
    """Whole pounds: £1,234, -£5."""
    number = is_number(value)
    if number is None:
        text = _without_number(value)
    else:
        text = f"-£{-number:,.0f}" if round(number) < 0 else f"£{abs(number):,.0f}"
    return _written(text, number, "pounds")


def pounds_and_pence(value: float) -> str:
    """Pounds with pence: £12.21."""
    return f"£{value:,.2f}"


def signed(value: float) -> str:
    """A number with one decimal and its sign: +2.1, -0.6, 0.0."""
    return f"{round(value, 1) + 0.0:+,.1f}" if round(value, 1) else "0.0"


def count(value: Figure) -> Written:
    """A whole number with commas."""
    number = is_number(value)
    return _written(_without_number(value) if number is None else f"{number:,.0f}", number, "count")


def decimal(value: Figure) -> Written:
    """A number with one decimal, such as full-time equivalents or tonnes."""
    number = is_number(value)
    return _written(_without_number(value) if number is None else f"{number:,.1f}", number, "decimal")


def percent(ratio: Figure) -> Written:
    """A ratio as a percentage with one decimal: 0.154 is 15.4%."""
    number = is_number(ratio)
    # adding nothing turns -0.0 into 0.0
    text = _without_number(ratio) if number is None else f"{round(number * 100, 1) + 0.0:.1f}%"
    return _written(text, number, "percent")


WRITE: Mapping[str, Callable[[Figure], Written]] = {
    "count": count,
    "pounds": pounds,
    "decimal": decimal,
    "percent": percent,
}


def whole_percent(ratio: float | None) -> str:
    """A ratio as a percentage, without decimals where it has none: 0.15 is 15%."""
    return NOT_KNOWN if ratio is None else f"{float(ratio) * 100:.1f}".removesuffix(".0") + "%"


def line_of_target(target: float | None) -> str:
    """What a dashed line across a chart is, to be added to the words of the chart; nothing where there is no target."""
    return "" if target is None else f" The dashed line is the target, {whole_percent(target)}."


def days(value: int) -> str:
    """A number of days: 1 day, 12 days."""
    return f"{value:,} day{'' if value == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Names as in a sentence: A, B and C."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "none"


def turn_of(now: Figure, before: Figure) -> str:
    """How a figure turned out beside the one before: rose, fell, unchanged, hidden or unknown."""
    if HIDDEN in (now, before):
        return "hidden"
    this, last = is_number(now), is_number(before)
    if this is None or last is None:
        return "unknown"
    if abs(this - last) <= abs(last) * _UNCHANGED_RATIO:
        return "unchanged"
    return "rose" if this > last else "fell"


def change(what: str, now: Figure, before: Figure, words: str = "count") -> str:
    """The sentence on a figure beside the one of the year before; `words` names the way of writing the number."""
    write = WRITE[words]
    this, last = is_number(now), is_number(before)
    by = write(abs(this - last)) if this is not None and last is not None else ""
    return say("change", turn_of(now, before), what=what, by=by, before=write(before), now=write(now))


def growth(ratio: Figure, target: float | None, n: int, reason: str | None) -> str:
    """The sentence on like-for-like growth of turnover beside the target, where there is one."""
    if ratio == HIDDEN:
        reason = "it would tell too much of single organisations"
    ratio = is_number(ratio)
    turn = "unknown"
    if ratio is not None:
        turn = _growth_turn(round(ratio, 3), None if target is None else round(target, 3))
    return say(
        "growth",
        turn,
        organisations=f"{count(n)} organisation{'' if n == 1 else 's'}",
        growth=percent(abs(ratio)) if ratio is not None else "",
        target=whole_percent(target),
        reason=reason or "there is no figure",
    )


def _growth_turn(shown: float, target: float | None) -> str:
    if target is None:
        return (
            "rose without target" if shown > 0 else "fell without target" if shown < 0 else "unchanged without target"
        )
    if shown <= 0:
        return "shrank" if shown else "unchanged"
    return "at" if shown == target else "above" if shown > target else "below"


def share_at_target(reached: int | None, n: int, target: float | None, reason: str | None) -> str:
    """The sentence on how many organisations reached the target."""
    if target is None:
        return say("share", "unknown", reason="there is no target")
    reached = reached or 0
    turn = "unknown" if reason or not n else "all" if reached == n else "none" if reached == 0 else "some"
    return say(
        "share",
        turn,
        reached=count(reached),
        n=count(n),
        share=percent(reached / n) if n else "",
        target=whole_percent(target),
        reason=reason or "no organisation has figures in both years",
    )


def target_count(
    what: str, now: float | None, target: float | None, reason: str = "there is no figure", words: str = "count"
) -> str:
    """The sentence on a count or an amount beside its target; `words` names the way of writing the number."""
    if now is None:
        turn = "unknown"
    elif target is None:
        turn = "no target"
    else:
        turn = "reached" if now >= target else "not yet"
    write = WRITE[words]
    return say("target count", turn, what=what, now=write(now), target=write(target), reason=reason)
