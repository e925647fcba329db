"""One text for each name that a file system allows, and one name for each text."""

from __future__ import annotations

import os
import random
import unicodedata
from pathlib import Path

import pytest

from ingestion.names import name_of, name_text, stored_text

TEXTS = {
    b"Walsall return 2025-26.xlsx": "Walsall return 2025-26.xlsx",
    "Château – £ – 社会.csv".encode(): "Château – £ – 社会.csv",
    b"Soci\xe9t\xe9.txt": r"Soci\xe9t\xe9.txt",
    b"Soci\\xe9t\\xe9.txt": r"Soci\\xe9t\\xe9.txt",
    b"two\nlines\r.csv": r"two\x0alines\x0d.csv",
    "\u202excod.csv".encode(): r"\xe2\x80\xaexcod.csv",
    b"\x1b[2J.csv": r"\x1b[2J.csv",
    b"\xed\xa0\x80.csv": r"\xed\xa0\x80.csv",  # half of a pair, which is no UTF-8
    "\U000e0041.csv".encode(): r"\xf3\xa0\x81\x81.csv",
    b"\\\\server\\share.csv": r"\\\\server\\share.csv",
}


@pytest.mark.parametrize("name", TEXTS, ids=repr)
def test_a_name_has_a_text_that_can_be_shown(name: bytes) -> None:
    assert name_text(os.fsdecode(name)) == TEXTS[name]


def test_every_name_comes_back_from_its_text_and_no_two_share_one() -> None:
    draw = random.Random(2026)
    signs = [bytes([byte]) for byte in range(1, 256) if byte != ord("/")]
    signs += [b"\\x", b"\\", "é".encode(), "\u202e".encode(), "😀".encode(), b"\\xe9", b"e9"]
    names = {b"".join(draw.choices(signs, k=draw.randint(1, 12))) for _ in range(20_000)}
    texts = {name_text(os.fsdecode(name)) for name in names}
    assert len(texts) == len(names)
    assert {os.fsencode(name_of(text)) for text in texts} == names
    assert all(stored_text(text) == text for text in texts)


def test_no_text_holds_a_sign_that_moves_hides_or_breaks_what_is_around_it() -> None:
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDC7F and not 0xDD00 <= code <= 0xDFFF]
    text = name_text("".join(every))
    left = {sign for sign in text if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}}
    assert left == set()
    moved = {
        sign for sign in text if unicodedata.bidirectional(sign) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"}
    }
    assert moved == set()
    text.encode()


def test_a_name_on_the_disk_is_found_by_its_text(tmp_path: Path) -> None:
    for name in TEXTS:
        (tmp_path / os.fsdecode(name)).write_bytes(name)
    for name, text in TEXTS.items():
        assert (tmp_path / name_of(text)).read_bytes() == name
