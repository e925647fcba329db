"""Zip files made to do harm, and files that are not what they say: refused with a reason, or read right."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.ingestion.hostile_files import (
    READ_RIGHT,
    SECONDS,
    Entry,
    Verdict,
    judged,
    packed,
    packed_zeros,
    spoiled,
    whole_return,
    xls_return,
    zip_of,
)

SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def nested(depth: int) -> bytes:
    """A zip file of ten zip files of ten zip files ..."""
    content = packed_zeros(10)
    inner = zip_of([Entry("zeros", content, 10 << 20)])
    for _ in range(depth):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as outer:
            for at in range(10):
                outer.writestr(f"{at}.zip", inner)
        inner = file.getvalue()
    return inner


def bomb(*, says_bytes: int, megabytes: int = 1024) -> bytes:
    """A workbook of about 1 MB with a sheet that unpacks to 1 GB, and says that it does or does not."""
    with zipfile.ZipFile(io.BytesIO(whole_return())) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    sheet = "xl/worksheets/sheet2.xml"
    entries = [Entry(name, packed(part), len(part)) for name, part in parts.items() if name != sheet]
    return zip_of([*entries, Entry(sheet, packed_zeros(megabytes, SHEET), says_bytes)])


def overlapping(count: int) -> bytes:
    """Many sheets that are all the same bytes of the file."""
    sheet = packed_zeros(10, SHEET)
    first = Entry("xl/worksheets/sheet1.xml", sheet, 1000)
    book = packed(b"<workbook/>")
    again = [Entry(f"xl/worksheets/sheet{at:04}.xml", sheet, 1000, at=0) for at in range(2, count)]
    return zip_of([first, Entry("xl/workbook.xml", book, 11), *again])


WHOLE = whole_return()
READS = {
    "nested inside a return.xlsx": spoiled(WHOLE, {}, xl__embeddings__bomb=nested(3)),
    "names that climb.xlsx": spoiled(
        WHOLE, {}, **{"..__..__..__evil.txt": b"x", "__tmp__evil-entry.txt": b"x", "C:\\evil.txt": b"x"}
    ),
    # Of the same length, so that the directory stays true.
    "names with NUL and newline.xlsx": spoiled(WHOLE, {}, xl__media__aXbYc=b"x").replace(b"aXbYc", b"a\0b\nc"),
    "workbook named.csv": WHOLE,
    "workbook.xls": xls_return(),
    "workbook named.pdf": WHOLE,
    "macros.xlsm": spoiled(WHOLE, {}, xl__vbaProject__bin=OLE + b"Sub Auto_Open()"),
}
REFUSED = {
    "nested.zip": (nested(4), "looks like a zip archive"),
    "says 10 GB.xlsx": (bomb(says_bytes=10 << 30, megabytes=1), "unpacks to 10,7"),
    "1 MB is 1 GB.xlsx": (bomb(says_bytes=1 << 30), "unpacks to 1,0"),
    "1 MB is 1 GB and says 1 kB.xlsx": (bomb(says_bytes=1000), "damaged or incomplete"),
    "overlapping.xlsx": (overlapping(1000), "parts of it lie over one another"),
    "too many parts.xlsx": (
        zip_of([Entry(f"xl/worksheets/s{at}.xml", b"\3\0", 0) for at in range(30_000)]),
        "has 30,000 parts",
    ),
    "truncated.xlsx": (WHOLE[: len(WHOLE) // 2], "damaged"),
    "truncated at its end.xlsx": (WHOLE[:-30], "damaged"),
    "only the start.xlsx": (WHOLE[:4], "damaged"),
    "encrypted.xlsx": (OLE + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
    "truncated.xls": (OLE + "Workbook".encode("utf-16-le"), "damaged"),
    "a picture.xlsx": (b"\x89PNG\r\n\x1a\n" + bytes(100), "looks like a picture (PNG)"),
    "a program.xlsx": (b"MZ" + bytes(100), "looks like a Windows program"),
}


def with_password() -> bytes:
    """Every entry marked as encrypted."""
    content = bytearray(WHOLE)
    for mark, flag in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + flag] |= 1
            place = content.find(mark, place + 4)
    return bytes(content)


REFUSED["zip with a password.xlsx"] = (with_password(), "password")


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    files = READS | {name: content for name, (content, _) in REFUSED.items()}
    return judged(files, tmp_path_factory.mktemp("archives"))


@pytest.mark.parametrize("name", READS)
def test_reads_right(verdicts: dict[str, Verdict], name: str) -> None:
    assert verdicts[name].rows == READ_RIGHT
    assert verdicts[name].seconds < SECONDS


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_its_reason(verdicts: dict[str, Verdict], name: str) -> None:
    verdict = verdicts[name]
    assert REFUSED[name][1] in verdict.message
    assert verdict.ask.startswith("Please ")
    assert verdict.seconds < SECONDS


def test_nothing_was_unpacked_to_where_a_name_points(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["names that climb.xlsx"].rows == READ_RIGHT
    assert not Path("/tmp/evil-entry.txt").exists()
    assert not Path("/evil.txt").exists()
