"""What a file is, told from its first bytes and its inner names; never from its extension."""

from __future__ import annotations

import re

from ingestion.packages import ASK_SAVE_AGAIN, ASK_TO_UNLOCK, names_and_mimetype
from ingestion.refusals import Refusal

ASK_FOR_SPREADSHEET = "Please send the return as a spreadsheet: xlsx, xls, xlsb, ods or csv."

# First bytes of files that are sent by mistake, and what a person calls them.
_SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a compressed archive (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed archive (7-Zip)"),
    (b"Rar!", "a compressed archive (RAR)"),
    (b"BZh", "a compressed archive (bzip2)"),
    (b"\xfd7zXZ", "a compressed archive (xz)"),
    (b"SQLite format 3", "a database (SQLite)"),
    (b"PAR1", "a data file (Parquet)"),
    (b"\x00\x01\x00\x00Standard", "a database (Access)"),
    (b"RIFF", "a sound, film or picture file"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
)
# Names of streams inside an OLE file (the container of Office 97 to 2003), as they stand in its directory.
_OLE_STREAMS = (
    ("workbook", "xls"),
    ("book", "xls"),
    ("worddocument", "a Word document"),
    ("powerpoint document", "a PowerPoint presentation"),
    ("__nameid_version", "an Outlook message"),
)
_ODF_KINDS = {"text": "a text document (odt)", "presentation": "a presentation (odp)", "graphics": "a drawing (odg)"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_EXCEL = re.compile(rb"\x09[\x00\x02\x04]\x06?\x00")


def kind_of(content: bytes, max_unpacked_bytes: int) -> str:
    """Kind of the file: 'xlsx', 'xls', 'xlsb', 'ods', or 'csv' for anything that may be text.

    Raises Refusal F01, saying what the file looks like, where it is no spreadsheet, is encrypted, or unpacks to more
    than `max_unpacked_bytes`.
    """
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise Refusal("F01", "The file is empty.", "Please check the file on your side and send it again.")
    if content.startswith(b"PK"):
        return _kind_of_zip(content, max_unpacked_bytes)
    if content.startswith(_OLE):
        return _kind_of_ole(content)
    if _OLD_EXCEL.match(content):
        raise _mistaken("a workbook of an Excel older than 1995", ASK_SAVE_AGAIN)
    for signature, looks_like in _SIGNATURES:
        if content.startswith(signature):
            raise _mistaken(looks_like)
    return "csv"


def _mistaken(looks_like: str, ask: str = ASK_FOR_SPREADSHEET) -> Refusal:
    return Refusal("F01", f"The file is not a spreadsheet that can be read: it looks like {looks_like}.", ask)


def _kind_of_zip(content: bytes, max_unpacked_bytes: int) -> str:
    names, mimetype = names_and_mimetype(content, max_unpacked_bytes)
    if any(name.endswith("workbook.bin") for name in names):
        return "xlsb"
    if any(name.endswith("workbook.xml") or name.startswith("xl/worksheets/") for name in names):
        return "xlsx"
    if mimetype.startswith("application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    raise _mistaken(*_other_zip(names, mimetype))


def _other_zip(names: list[str], mimetype: str) -> tuple[str, str]:
    """What a zip file that is no workbook looks like, and what to ask."""
    for folder, looks_like in (("word/", "a Word document"), ("ppt/", "a PowerPoint presentation")):
        if any(name.startswith(folder) for name in names):
            return looks_like, ASK_FOR_SPREADSHEET
    if any(name.endswith(".iwa") for name in names):
        return "an Apple Numbers document", "Please export it as Excel (File, Export To, Excel) and send that file."
    for kind, looks_like in _ODF_KINDS.items():
        if mimetype.startswith(f"application/vnd.oasis.opendocument.{kind}"):
            return looks_like, ASK_FOR_SPREADSHEET
    return "a zip archive", "Please take the spreadsheet out of the archive and send it by itself."


def _kind_of_ole(content: bytes) -> str:
    folded = content.lower()  # ASCII letters only, which is what the names of the streams are made of
    if "encryptedpackage".encode("utf-16-le") in folded:
        raise Refusal("F01", "The file is protected with a password.", ASK_TO_UNLOCK)
    for stream, kind in _OLE_STREAMS:
        if stream.encode("utf-16-le") in folded:
            if kind != "xls":
                raise _mistaken(kind)
            return kind
    # A damaged directory: let the reader of workbooks try, it says what is broken.
    return "xls"
