"""Dates as people type them. A date that does not exist is no date; it is never moved to one that does."""

from __future__ import annotations

import datetime
import re

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_TIME = r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\s*(?:[ap]m|Z|[-+][0-9]{2}:?[0-9]{2})?)?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR_FIRST = re.compile(rf"(?P<year>[0-9]{{4}})([-/.])(?P<month>[0-9]{{1,2}})\2(?P<day>[0-9]{{1,2}}){_TIME}", re.I)
_DIGITS = re.compile(
    rf"{_WEEKDAY}(?P<first>[0-9]{{1,2}})\s*([-/. ])\s*(?P<second>[0-9]{{1,2}})\s*\2\s*{_YEAR}{_TIME}", re.I
)
_DAY_MONTH = re.compile(rf"{_WEEKDAY}{_DAY}(?:\s+of)?[\s,./-]*{_MONTH}[\s,'./-]*{_YEAR}{_TIME}", re.I)
_MONTH_DAY = re.compile(rf"{_WEEKDAY}{_MONTH}[\s.-]*{_DAY}(?:\s*,\s*|\s+){_YEAR}{_TIME}", re.I)
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
# Day 0 of Excel's own count (from 1 March 1900 on), and the years that a bare day number is believed to mean.
_DAY_ZERO = datetime.date(1899, 12, 30)
_SERIALS = range(10_959, 73_051)  # 1930 to 2099
_LONGEST = 60  # no date that a person types is longer
_YEARS = range(1800, 2200)
_PIVOT = 50  # of two-digit years: 00 to 49 are 20xx


def date_in(text: str, *, day_first: bool = True) -> datetime.date | None:
    """The date that a text says, or None. A time of day after it is left out.

    `day_first` says how 03/04/2015 is read; a text that fits only the other way round is not understood. A bare
    number of five digits is a day of Excel's 1900 date system, from 1930 to 2099.
    """
    text = " ".join(text.split())
    if len(text) > _LONGEST:
        return None
    if _SERIAL.fullmatch(text):
        return date_of_serial(float(text))
    found = _DIGITS.fullmatch(text)
    if found:
        day, month = (found["first"], found["second"]) if day_first else (found["second"], found["first"])
        return _date(found["year"], int(month), day)
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return _date(found["year"], int(found["month"]), found["day"])
    found = _DAY_MONTH.fullmatch(text) or _MONTH_DAY.fullmatch(text)
    if found:
        return _date(found["year"], _MONTHS[found["month"].casefold()], found["day"])
    return None


def date_of_serial(number: float) -> datetime.date | None:
    """The date of a day number of Excel's 1900 date system, or None where it is none of 1930 to 2099."""
    return _DAY_ZERO + datetime.timedelta(days=int(number)) if int(number) in _SERIALS else None


def _date(year_text: str, month: int, day: str) -> datetime.date | None:
    year = int(year_text)
    if len(year_text) == 2:  # noqa: PLR2004
        year += 2000 if year < _PIVOT else 1900
    if year not in _YEARS:
        return None
    try:
        return datetime.date(year, month, int(day))
    except ValueError:
        return None
