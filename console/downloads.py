"""Rows as a file to download: CSV, Parquet or an Excel workbook. A text stays a text, whatever it begins with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, StreamingHttpResponse

from workspace.harmless import harmless_row, would_run

if TYPE_CHECKING:
    import pyarrow as pa

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDEST = 60


class _Echo:
    """What `csv` writes into, and gets back line by line."""

    def write(self, line: str) -> str:
        return line


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> StreamingHttpResponse:
    """The rows as `name`.csv in UTF-8, sent while they are read; what a spreadsheet would run gets a quote in front."""
    response = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> HttpResponse:
    """The rows as `name`.xlsx: one sheet, headings in bold that stay in view, a filter on each column."""
    import xlsxwriter

    file = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    # a fixed day: the same rows are the same bytes
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **plain}) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        sheet = book.add_worksheet(name[:31])
        sheet.write_row(0, 0, columns, book.add_format({"bold": True, "quote_prefix": True}))
        as_text = book.add_format({"quote_prefix": True})
        last, widths = 0, [len(column) for column in columns]
        for last, row in enumerate(rows, start=1):
            for at, column in enumerate(columns):
                value = row.get(column)
                sheet.write(last, at, value, as_text if isinstance(value, str) and would_run(value) else None)
                widths[at] = max(widths[at], len(str(value or "")))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, min(width, _WIDEST) + 2)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, last, len(columns) - 1)
    response = HttpResponse(file.getvalue(), content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def parquet_response(name: str, table: pa.Table) -> HttpResponse:
    """The table as `name`.parquet."""
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(table, file)
    response = HttpResponse(file.getvalue(), content_type="application/vnd.apache.parquet")
    response["Content-Disposition"] = f'attachment; filename="{name}.parquet"'
    return response


def _lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(harmless_row(columns)))
    for row in rows:
        yield str(writer.writerow(harmless_row(row.get(column) for column in columns)))
