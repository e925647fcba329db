r"""One text for every name that a file system allows: it can be shown, stored and written anywhere, and turned back.

A name is bytes. What is no UTF-8 in it, what moves or hides the text around it (line breaks, other control characters,
marks of direction, characters without width), and what no table can hold is written as `\xe9`, byte by byte; a
backslash as two. All other names are their own text. The list of characters is fixed, so that a name has the same text
in every version of Python.
"""

from __future__ import annotations

import os
import re

_NOT_SHOWN = re.compile(
    "["
    "\\\\"
    "\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
_ESCAPED = re.compile(rb"\\(?:(\\)|x([0-9a-f]{2}))")


def name_text(name: str) -> str:
    """The text of a name, or of a path with "/", as the functions of `os` give it."""
    return _NOT_SHOWN.sub(_escaped, name)


def name_of(text: str) -> str:
    """The name that has this text, as the functions of `os` take it."""
    plain = _ESCAPED.sub(lambda found: b"\\" if found[1] else bytes([int(found[2], 16)]), text.encode())
    return os.fsdecode(plain)


def stored_text(stored: str) -> str:
    """The text of a name out of a record; records of earlier versions hold the name itself."""
    try:
        is_text = name_text(name_of(stored)) == stored
    except UnicodeEncodeError:
        is_text = False
    return stored if is_text else name_text(stored)


def _escaped(found: re.Match[str]) -> str:
    if found[0] == "\\":
        return "\\\\"
    return "".join(f"\\x{byte:02x}" for byte in found[0].encode("utf-8", "surrogateescape"))
