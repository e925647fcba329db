"""What a file is, told from its bytes."""

from __future__ import annotations

import io
import zipfile

import pytest

from ingestion.content import kind_of
from ingestion.refusals import Refusal

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
ODF = "application/vnd.oasis.opendocument."


def packed(*names: str, mimetype: str | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        if mimetype:
            package.writestr("mimetype", mimetype)
        for name in names:
            package.writestr(name, "<xml/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (packed("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"), "xlsx"),
        (packed("xl\\Workbook.xml"), "xlsx"),
        (packed("xl/workbook.bin", "xl/worksheets/sheet1.bin"), "xlsb"),
        (packed("content.xml", mimetype=ODF + "spreadsheet"), "ods"),
        (packed("content.xml", mimetype=ODF + "spreadsheet-template"), "ods"),
        (OLE + "Workbook".encode("utf-16-le"), "xls"),
        (OLE + "WORKBOOK".encode("utf-16-le"), "xls"),
        (b"a,b\n1,2\n", "csv"),
        ("a\tb\n".encode("utf-16"), "csv"),
    ],
)
def test_kinds_that_are_read(content: bytes, kind: str) -> None:
    assert kind_of(content, 1_000_000) == kind


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b" \r\n\r\n", "The file is empty."),
        (bytes(4096), "The file is empty."),
        (b"%PDF-1.7\n%\xe2", "it looks like a PDF"),
        (b"\x89PNG\r\n\x1a\n", "it looks like a picture (PNG)"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "it looks like a picture (JPEG)"),
        (b"{\\rtf1\\ansi", "it looks like a text document (RTF)"),
        (b"MZ\x90\x00", "it looks like a Windows program"),
        (b"7z\xbc\xaf\x27\x1c\x00", "it looks like a compressed archive (7-Zip)"),
        (b"\x09\x08\x06\x00\x00\x00\x10\x00", None),
        (b"\x09\x04\x06\x00\x00\x00\x10\x00", "it looks like a workbook of an Excel older than 1995"),
        (packed("word/document.xml"), "it looks like a Word document"),
        (packed("ppt/presentation.xml"), "it looks like a PowerPoint presentation"),
        (packed("Index/Document.iwa"), "it looks like an Apple Numbers document"),
        (packed("content.xml", mimetype=ODF + "text"), "it looks like a text document (odt)"),
        (packed("return.xlsx"), "it looks like a zip archive"),
        (packed("xl/workbook.xml")[:-30], "The file is damaged"),
        (b"PK\x03\x04", "The file is damaged"),
        (OLE + "WordDocument".encode("utf-16-le"), "it looks like a Word document"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "The file is protected with a password."),
    ],
)
def test_what_is_turned_away_is_called_by_its_name(content: bytes, words: str | None) -> None:
    if words is None:  # a bare stream of Excel 97 is no kind that people send; it is left to the reader of texts
        assert kind_of(content, 1_000_000) == "csv"
        return
    with pytest.raises(Refusal) as refused:
        kind_of(content, 1_000_000)
    assert refused.value.rule == "F01"
    assert words in refused.value.message
    assert refused.value.ask.startswith("Please ")


def test_a_zip_that_unpacks_to_too_much_is_not_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"0" * 5_000_000)
    assert len(file.getvalue()) < 10_000
    with pytest.raises(Refusal, match="unpacks to 5 MB; the limit is 1 MB"):
        kind_of(file.getvalue(), 1_000_000)
