"""Numbers as people type them. What could mean two things is not a number here: nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Dashes that stand for a minus, spaces that stand between thousands, quotation marks that Excel puts before text.
_TIDY = str.maketrans(
    {
        "−": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "\u00a0": " ",
        "\u2007": " ",
        "\u2009": " ",
        "\u202f": " ",
        "\u200a": " ",
        "\u2002": " ",
        "\u2003": " ",
        "\t": " ",
        "\u200b": None,
        "\ufeff": None,
        "’": "'",
    }
)
# No number that a person types is longer, and a longer text takes long to turn down.
_LONGEST = 60
_POINT_AND_COMMA = str.maketrans(".,", ",.")
_NONE_AT_ALL = frozenset({"nil", "none", "zero", "nought"})
_SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
}
_PARTS = re.compile(
    r"""(?P<open>\()?\s*
        (?P<sign>[-+])?\s*
        (?P<currency>£|gbp)?\s*
        (?P<inner_sign>[-+])?\s*
        (?P<digits>[0-9][0-9., ']*|[.,][0-9]+)
        (?P<exponent>e[-+]?[0-9]{1,3})?\s*
        (?P<scale>k|thousand|mn|m|million|bn|billion)?\s*
        (?P<percent>%)?\s*
        (?P<currency_after>£|gbp|pounds)?\s*
        (?P<sign_after>-)?\s*
        (?P<close>\))?""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_IN_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?: [0-9]{3})+|(?:'[0-9]{3})+)(?:\.[0-9]*)?")
# A comma for the decimals, where the digits cannot be thousands: 1,5 and 0,500 and 1.234,56 and 1 234,5.
_DECIMAL_COMMA = re.compile(r"(?:[0-9]*,[0-9]{1,2}|0+,[0-9]+|[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?: [0-9]{3})+),[0-9]+)")
_POINTS_AS_GROUPS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}")


@dataclass(frozen=True)
class Amount:
    """A number and how it was written: with a currency, as a percentage, with a word for thousands or millions."""

    value: float
    currency: bool = False
    percent: bool = False
    scaled: bool = False


def amount(text: str, decimal: str = ".") -> Amount | None:
    """The number that a text can only mean, or None.

    `decimal` is the decimal sign of the file, '.' or ','. It settles 1,500 and 1.500; 1,5 and 1.234,56 are understood
    under both. Percentages come as shares: 12.5% is 0.125. Other currencies than pounds are not understood.
    """
    if len(text) > _LONGEST:
        return None
    text = text.translate(_TIDY).strip()
    if text.casefold() in _NONE_AT_ALL:
        return Amount(0.0)
    found = _PARTS.fullmatch(text.removeprefix("'"))
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    signs = [sign for sign in (found["sign"], found["inner_sign"], found["sign_after"], found["open"]) if sign]
    digits = _digits(found["digits"].strip(), decimal)
    if len(signs) > 1 or digits is None or (found["percent"] and found["scale"]):
        return None
    value = float(digits + (found["exponent"] or ""))
    if value == float("inf"):
        return None
    if found["scale"]:
        # Rounded, because 1.2 times a million is a little more than 1200000 in binary.
        value = round(value * _SCALES[found["scale"].casefold()], 6)
    if found["percent"]:
        value = round(value / 100, 12)
    if signs and signs[0] != "+":
        value = -value or 0.0
    currency = bool(found["currency"] or found["currency_after"])
    return Amount(value, currency, bool(found["percent"]), bool(found["scale"]))


def _digits(digits: str, decimal: str) -> str | None:
    """The digits as float() takes them, or None where they could be meant in two ways."""
    if decimal == ",":
        digits = digits.translate(_POINT_AND_COMMA)
    if _PLAIN.fullmatch(digits):
        return digits
    if _IN_GROUPS.fullmatch(digits):
        return re.sub("[, ']", "", digits)
    if _DECIMAL_COMMA.fullmatch(digits):
        return re.sub("[. ]", "", digits).replace(",", ".")
    if _POINTS_AS_GROUPS.fullmatch(digits):
        return digits.replace(".", "")
    return None


def shown(number: float) -> str:
    """A number as a person would see it in a cell: 1200 and not 1200.0, 0.3 and not 0.30000000000000004."""
    if number == int(number) and abs(number) < 1e21:  # noqa: PLR2004 - whole numbers with every digit, as typed
        return str(int(number))
    text = f"{number:.15g}"
    return f"{number:.20f}".rstrip("0") if "e-" in text and abs(number) > 1e-9 else text  # noqa: PLR2004
