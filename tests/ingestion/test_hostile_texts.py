"""CSV files made to do harm, or saved in odd ways: refused with a reason, or read right."""

from __future__ import annotations

import pytest

from tests.ingestion.hostile_files import BOROUGHS, READ_RIGHT, SECONDS, Verdict, csv_return, judged

TEXT = csv_return()
PLAIN = TEXT.encode()
ACCENTED = TEXT.replace("Acorn", "Acôrn")
READS = {
    "as UTF-8": PLAIN,
    "with a byte-order mark": b"\xef\xbb\xbf" + PLAIN,
    "as UTF-16": TEXT.encode("utf-16"),
    "as UTF-16 without a mark": TEXT.encode("utf-16-be"),
    "with lines of old Macs": TEXT.replace("\r\n", "\r").encode(),
    "with empty lines": PLAIN + b"\r\n" * 1000,
}
NAMES = {
    "in cp1252": (ACCENTED.encode("cp1252"), "Acôrn"),
    "in UTF-8 and cp1252 mixed": (ACCENTED.encode("cp1252") + "é".encode(), "Acôrn"),
    "with a command for a name": (TEXT.replace("Acorn", "=cmd|' /C calc'!A0").encode(), "=cmd|' /C calc'!A0"),
    "with a name turned round": (TEXT.replace("Acorn", "Acorn \u202elsx.exe").encode(), "Acorn \u202elsx.exe"),
}
CELLS, NO_TEXT = "has more than 5,000,000 cells", "is neither a workbook nor readable text"
REFUSED = {
    "a line of 40 MB": (PLAIN + b"x" * 40_000_000, "Row 5 has a cell with more than 131,072 characters"),
    "40 million columns": (PLAIN + b"," * 40_000_000, CELLS),
    "10 million rows": (PLAIN + b"a\r\n" * 10_000_000, "has more than 1,048,576 rows"),
    "a quotation mark without end": (PLAIN + b'"' + b"x,\r\n" * 100_000, "A quotation mark that is opened in row 4"),
    "zeros": (PLAIN + b"\0" * 1000, NO_TEXT),
    "halves of characters": (b"\xff\xfe" + b"\0\xd8" * 1000, NO_TEXT),
    "nothing": (b"", "The file is empty"),
    "only lines": (b"\n" * 1000, "The file is empty"),
}


def file_of(name: str) -> str:
    return f"coventry-2014-15 {name}.csv"


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    files = READS | {name: content for name, (content, _) in (NAMES | REFUSED).items()}
    folder = tmp_path_factory.mktemp("texts")
    found = judged({file_of(name): content for name, content in files.items()}, folder, BOROUGHS)
    return {name: found[file_of(name)] for name in files}


@pytest.mark.parametrize("name", READS)
def test_reads_right(verdicts: dict[str, Verdict], name: str) -> None:
    assert verdicts[name].rows == READ_RIGHT, verdicts[name].message
    assert verdicts[name].seconds < SECONDS


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_as_it_was_typed(verdicts: dict[str, Verdict], name: str) -> None:
    rows = verdicts[name].rows
    assert rows is not None, verdicts[name].message
    assert rows[0] == [NAMES[name][1], 1000.0]
    assert rows[1:3] == READ_RIGHT[1:]


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_its_reason(verdicts: dict[str, Verdict], name: str) -> None:
    verdict = verdicts[name]
    assert verdict.rows is None
    assert REFUSED[name][1] in verdict.message
    assert verdict.ask.startswith("Please ")
    assert verdict.seconds < SECONDS
