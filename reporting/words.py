"""Numbers as people read them, and sentences chosen by what the figures did."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

NOT_KNOWN = "not known"
# Changes smaller than this share of the figure before are called unchanged.
_UNCHANGED_RATIO = 0.0005


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


def pounds(value: float | None) -> str:
    """Whole pounds: £1,234, -£5."""
    if value is None:
        return NOT_KNOWN
    return f"-£{-value:,.0f}" if round(value) < 0 else f"£{abs(value):,.0f}"


def count(value: float | None) -> str:
    """A whole number with commas."""
    return NOT_KNOWN if value is None else f"{value:,.0f}"


def decimal(value: float | None) -> str:
    """A number with one decimal, such as full-time equivalents or tonnes."""
    return NOT_KNOWN if value is None else f"{value:,.1f}"


def percent(ratio: float | None) -> str:
    """A ratio as a percentage with one decimal: 0.154 is 15.4%."""
    return NOT_KNOWN if ratio is None else f"{ratio * 100:.1f}%"


def whole_percent(ratio: float) -> str:
    """A ratio as a percentage, without decimals where it has none: 0.15 is 15%."""
    return f"{ratio * 100:.1f}".removesuffix(".0") + "%"


def listed(names: list[str]) -> str:
    """Names as in a sentence: A, B and C."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "none"


def turn_of(now: float | None, before: float | None) -> str:
    """How a figure turned out beside the one before: rose, fell, unchanged or unknown."""
    if now is None or before is None:
        return "unknown"
    if abs(now - before) <= abs(before) * _UNCHANGED_RATIO:
        return "unchanged"
    return "rose" if now > before else "fell"


def change(what: str, now: float | None, before: float | None, words: str = "count") -> str:
    """The sentence on a figure beside the one of the year before; `words` names the way of writing the number."""
    write = {"count": count, "pounds": pounds, "decimal": decimal}[words]
    by = write(abs(now - before)) if now is not None and before is not None else ""
    return say("change", turn_of(now, before), what=what, by=by, before=write(before), now=write(now))


def growth(ratio: float | None, target: float, n: int, reason: str | None) -> str:
    """The sentence on like-for-like growth of turnover beside the target."""
    turn = "unknown"
    if ratio is not None:
        shown, aim = round(ratio, 3), round(target, 3)
        turn = "shrank" if shown < 0 else "at" if shown == aim else "above" if shown > aim else "below"
    return say(
        "growth",
        turn,
        organisations=f"{count(n)} organisation{'' if n == 1 else 's'}",
        growth=percent(abs(ratio)) if ratio is not None else "",
        target=whole_percent(target),
        reason=reason or "there is no figure",
    )


def share_at_target(reached: int, n: int, target: float, reason: str | None) -> str:
    """The sentence on how many organisations reached the target."""
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


def target_count(what: str, now: int | None, target: int, reason: str = "there is no figure") -> str:
    """The sentence on a count beside its target."""
    turn = "unknown" if now is None else "reached" if now >= target else "not yet"
    return say("target count", turn, what=what, now=count(now), target=count(target), reason=reason)
