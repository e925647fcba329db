"""A line of the log says what an operator needs, and nothing that people typed."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from console.error_log import Line, trace_of_text

SECRET = "jo@example.org sent £182,000"


def _line(name: str, message: str, *args: object, error: bool = False, **extra: Any) -> dict[str, Any]:
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, sys.exc_info() if error else None)
    vars(record).update(extra)
    told: dict[str, Any] = json.loads(Line().format(record))
    return told


def test_the_text_of_an_error_is_left_out_and_its_place_and_class_are_not() -> None:
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as first:
            raise OSError(28, SECRET) from first
    except OSError:
        told = _line("django.request", "%s: %s", "Internal Server Error", f"/users/{SECRET}", error=True)
    assert SECRET not in json.dumps(told)
    assert "jo@" not in json.dumps(told)
    assert told["error"] == ["OSError 28", "ValueError"]
    assert told["places"][0].startswith("tests/console/test_error_log.py:")
    assert (told["level"], told["logger"]) == ("error", "django.request")


def test_a_library_is_quoted_up_to_the_first_value_and_our_own_words_whole() -> None:
    assert _line("axes", "AXES: locking out %s", SECRET)["message"] == "AXES"
    assert _line("urllib3", f"Retrying '{SECRET}'")["message"] == "Retrying"
    assert _line("console.returns", "The check ended with %s", 3)["message"] == "The check ended with 3"


def test_one_record_is_one_line() -> None:
    record = logging.LogRecord("console", logging.ERROR, __file__, 1, "two\nlines", (), None)
    assert "\n" not in Line().format(record)


def test_of_a_traceback_of_another_process_only_places_and_class_are_taken() -> None:
    where = '  File "/a/site-packages/x/y.py", line 3, in run'
    text = f'Traceback (most recent call last):\n{where}\n    z("{SECRET}")\nValueError: {SECRET}\n'
    assert trace_of_text(text) == "ValueError < x/y.py:3 run"
    assert trace_of_text(SECRET) == "no traceback"
