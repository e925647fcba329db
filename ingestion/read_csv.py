"""Text files become one grid: encoding, delimiter and decimal sign are found out from the text itself."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator

from ingestion.content import ASK_FOR_SPREADSHEET
from ingestion.grids import Cell, Grid, Workbook, trimmed
from ingestion.packages import ASK_SAVE_AGAIN
from ingestion.refusals import Refusal

DELIMITERS = (",", ";", "\t", "|")
_MOST_ROWS = 1_048_576  # as in a spreadsheet
_SAMPLE_ROWS = 500
_SAMPLE_CHARACTERS = 500_000
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_SEPARATOR_LINE = re.compile(r"\Asep=(.)\r?\n?", re.IGNORECASE)
_QUOTED_FOR_EXCEL = re.compile(r'\A="([^"]*)"\Z')
_MARKUP = re.compile(r"\A\s*<(?:!doctype|\?xml|html|head|body|table|meta|div|svg)\b", re.IGNORECASE)
# Texts that can only be meant one way: 1234,5 and 1.234,56 have a decimal comma; 1,234.5 and 1234.5 a point.
_COMMA_DECIMAL = re.compile(r"[-(£€ ]*(?:\d{1,3}(?:[. ]\d{3})+,\d+|\d+,\d{1,2}|\d{4,},\d+)\)?")
_POINT_DECIMAL = re.compile(r"[-(£€ ]*(?:\d{1,3}(?:[, ]\d{3})+\.\d+|\d+\.\d{1,2}|\d{4,}\.\d+|\d{1,3}(?:,\d{3}){2,})\)?")


def read_csv(content: bytes, name: str, max_cells: int) -> Workbook:
    """The rows of a delimited text file as one grid called `name`; a row is a record, not a line.

    Short rows are filled with None. Raises Refusal F01 where the bytes are no text, the text is no table, a quotation
    mark is never closed, or there are more than `max_cells` cells or more rows than a spreadsheet has.
    """
    text, encoding = decoded(content)
    _refuse_other_texts(text)
    stated = _SEPARATOR_LINE.match(text)
    if stated:
        # A line for Excel, which does not show it as a row.
        text, delimiter = text[stated.end() :], stated.group(1)
    else:
        delimiter = _delimiter(text)
    rows = trimmed(_records(text, delimiter, max_cells))
    return Workbook("csv", (Grid(name, True, rows),), encoding, delimiter, _decimal(rows))


def decoded(content: bytes) -> tuple[str, str]:
    """Text and encoding of the bytes. Raises Refusal F01 where they are no text."""
    marked = [encoding for mark, encoding in _BYTE_ORDER_MARKS if content.startswith(mark)]
    encoding = marked[0] if marked else _encoding_without_mark(content)
    try:
        text = content.decode(encoding).removeprefix("\ufeff").rstrip("\x1a")
    except UnicodeDecodeError as error:
        raise _not_text() from error
    if _CONTROL.search(text):
        raise _not_text()
    return text, encoding


def _encoding_without_mark(content: bytes) -> str:
    sample = content[:4096]
    zeros_first, zeros_second = sample[0::2].count(0), sample[1::2].count(0)
    if zeros_first or zeros_second:
        # Latin letters in UTF-16 have a zero in every second byte, always on the same side.
        half = len(sample) // 2
        if zeros_second > 0.7 * half and zeros_first < 0.05 * half:
            return "utf-16-le"
        if zeros_first > 0.7 * half and zeros_second < 0.05 * half:
            return "utf-16-be"
        raise _not_text()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # Where the pound sign has no place among digits, the byte is that of "CSV (MS-DOS)" in Excel.
        if b"\xa3" not in content and re.search(rb"\x9c\s?\d|\x9c\s*[)\"',;\t\r\n]", content):
            return "cp850"
        return "cp1252"
    return "utf-8"


def _not_text() -> Refusal:
    return Refusal("F01", "The file is neither a workbook nor readable text.", ASK_FOR_SPREADSHEET)


def _refuse_other_texts(text: str) -> None:
    looks_like = None
    start = text[:4096].lstrip()
    if _MARKUP.match(start):
        looks_like = "a web page or XML"
        if "Excel.Sheet" in start or "office:spreadsheet" in start:
            looks_like = "XML of Excel 2003"
    elif start[:1] in ("{", "["):
        try:
            json.loads(text)
            looks_like = "JSON data"
        except (ValueError, RecursionError):
            looks_like = "program code or data" if start[1:].lstrip()[:1] in ('"', "{", "[") else None
    if looks_like:
        raise Refusal("F01", f"The file is not a spreadsheet: it looks like {looks_like}.", _ask_for(looks_like))


def _ask_for(looks_like: str) -> str:
    return ASK_SAVE_AGAIN.replace("under a new name", "as xlsx") if "XML" in looks_like else ASK_FOR_SPREADSHEET


def _reader(text: str, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    # A space before a quotation mark would otherwise make the mark part of the text.
    spaced = f'{delimiter} "' in text
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=spaced, strict=strict)


def _delimiter(text: str) -> str:
    """The character that cuts the text into the most regular table."""
    sample = text[:_SAMPLE_CHARACTERS]
    found = {delimiter: _sample_rows(sample, delimiter) for delimiter in DELIMITERS if delimiter in sample}
    best = max(found, key=lambda delimiter: _regularity(found[delimiter]), default=",")
    if found and _is_table(found[best]) and not _is_prose(sample, found[best]):
        return best
    if not _is_list(sample):
        raise Refusal(
            "F01",
            "The file is text, but no table: its lines do not divide into columns.",
            ASK_FOR_SPREADSHEET,
        )
    return next((delimiter for delimiter in DELIMITERS if delimiter not in text), ",")


def _sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    """The first rows that are not empty, up to the one that cannot be read."""
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows.extend(row for row in itertools.islice(_reader(sample, delimiter), _SAMPLE_ROWS) if any(row))
    return rows


def _regularity(rows: list[list[str]]) -> float:
    """How much these rows are a table: many of one width, and wide."""
    width, share = _usual_width(rows)
    return share**2 * (width - 1)


def _usual_width(rows: list[list[str]]) -> tuple[int, float]:
    """The commonest number of cells of rows with more than one, and the share of rows that have it."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    return width, count / max(len(rows), 1)


def _is_table(rows: list[list[str]]) -> bool:
    """Whether half of the rows hold something beside their first cell; lines of code that end in `;` do not."""
    return 2 * sum(any(row[1:]) for row in rows) >= max(len(rows), 1)


def _is_prose(sample: str, rows: list[list[str]]) -> bool:
    """Whether commas stand as in sentences, before a space, and lines end as sentences do or divide anyhow."""
    as_in_sentences = len(re.findall(r",(?: [^\s\"]|$)", sample, re.MULTILINE))
    if 2 * as_in_sentences <= sample.count(","):
        return False
    lines = [line.rstrip() for line in sample.splitlines() if line.strip()]
    sentences = sum(line[-1] in ".!?:," for line in lines)
    return 2 * sentences > len(lines) or _usual_width(rows)[1] < 1 / 2


def _is_list(sample: str) -> bool:
    """Whether the lines could be a table of one column: short entries, not sentences, markup or code."""
    lines = [line.strip() for line in sample.splitlines() if line.strip()]
    entries = [line for line in lines if len(line) <= 100 and line[-1] not in ".;:{}>?!" and len(line.split()) <= 8]  # noqa: PLR2004
    return len(lines) > 1 and len(entries) == len(lines)


def _records(text: str, delimiter: str, max_cells: int) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    cells = 0
    reader = _reader(text, delimiter)
    excel_texts = '="' in text
    # Before a record of millions is made; some of them may stand within quotation marks.
    if text.count(delimiter) > 2 * max_cells:
        raise _too_many(f"{max_cells:,} cells")
    try:
        for record in reader:
            cells += len(record)
            if cells > max_cells:
                raise _too_many(f"{max_cells:,} cells")
            if len(rows) >= _MOST_ROWS:
                raise _too_many(f"{_MOST_ROWS:,} rows")
            if excel_texts:
                record = [_QUOTED_FOR_EXCEL.sub(r"\1", cell) for cell in record]  # noqa: PLW2901
            rows.append([cell if cell and not cell.isspace() else None for cell in record])
        if text.count('"') % 2:
            for _ in _reader(text, delimiter, strict=True):
                pass
    except csv.Error as error:
        if "field limit" in str(error) and text.count('"') % 2 == 0:
            raise Refusal(
                "F01",
                f"Row {len(rows) + 1} has a cell with more than {csv.field_size_limit():,} characters.",
                "Please shorten the text in it and send the file again.",
            ) from error
        if "unexpected end" in str(error) or "field limit" in str(error):
            raise Refusal(
                "F01",
                f"A quotation mark that is opened in row {max(len(rows), 1)} is never closed.",
                "Please close or remove the quotation mark and send the file again.",
            ) from error
        if "new-line character" in str(error):
            raise _not_text() from error
    return rows


def _too_many(what: str) -> Refusal:
    return Refusal("F01", f"The file has more than {what}.", "Please send only the rows of the return.")


def _decimal(rows: list[list[Cell]]) -> str:
    """The decimal sign of most numbers that can only be meant one way; a point where there are none."""
    commas = points = 0
    for row in rows[: _SAMPLE_ROWS * 4]:
        for cell in row:
            if isinstance(cell, str) and cell[-1:] in "0123456789)":
                commas += _COMMA_DECIMAL.fullmatch(cell) is not None
                points += _POINT_DECIMAL.fullmatch(cell) is not None
    return "," if commas > points else "."
