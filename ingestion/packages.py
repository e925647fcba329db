"""The zip file that a workbook is: turned away where it would unpack to more than it says, or than any return needs."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from ingestion.refusals import Refusal

ASK_TO_UNLOCK = "Please remove the password (File, Info, Protect Workbook) and send the file again."
ASK_SAVE_AGAIN = "Please open it in your spreadsheet program, save it under a new name and send that file."
_ASK_FOR_LESS = "Please send only the sheets of the return, without pictures and other data."
# A workbook of 10,000 sheets has some 20,000 parts.
_MOST_PARTS = 25_000
_BLOCK = 1 << 20
# The parts that a reader of workbooks unpacks; pictures, macros and embedded files stay as they are.
_IS_READ = re.compile(r"(?<!vbaproject)\.(xml|bin|rels)$")
_NEVER_READ = re.compile(r"(^|/)(media|embeddings|customxml|pictures|printersettings|activex)/")
_UNPACKING_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OSError,
)


def names_and_mimetype(content: bytes, max_unpacked_bytes: int) -> tuple[list[str], str]:
    """Names of the parts, in small letters with "/" and no leading one, and what an OpenDocument says that it is.

    Raises Refusal F01 where the file is damaged, locked, has far too many parts or parts that lie over one another,
    or unpacks to more than `max_unpacked_bytes` or than its own directory says.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            _check_directory(entries, max_unpacked_bytes)
            for entry in entries:
                name = _name(entry)
                if _IS_READ.search(name) and not _NEVER_READ.search(name):
                    _check_size(package, entry)
            known = "mimetype" in package.NameToInfo and package.getinfo("mimetype").file_size < _BLOCK
            return [_name(entry) for entry in entries], package.read("mimetype").decode("latin-1") if known else ""
    except _UNPACKING_ERRORS as error:
        raise Refusal(
            "F01", "The file is damaged: its end is missing or parts of it are unreadable.", ASK_SAVE_AGAIN
        ) from error


def _name(entry: zipfile.ZipInfo) -> str:
    # Some programs write back slashes, capitals or a leading slash.
    return entry.filename.replace("\\", "/").lower().lstrip("/")


def _check_directory(entries: list[zipfile.ZipInfo], max_unpacked_bytes: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > max_unpacked_bytes:
        raise Refusal(
            "F01",
            f"The file unpacks to {unpacked / 1e6:,.0f} MB; the limit is {max_unpacked_bytes / 1e6:,.0f} MB.",
            _ASK_FOR_LESS,
        )
    if len(entries) > _MOST_PARTS:
        raise Refusal(
            "F01", f"The file has {len(entries):,} parts; no return needs more than {_MOST_PARTS:,}.", _ASK_FOR_LESS
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refusal("F01", "The file is protected with a password.", ASK_TO_UNLOCK)
    end = 0
    for start, size in sorted((entry.header_offset, entry.compress_size) for entry in entries):
        if start < end:
            raise Refusal("F01", "The file is damaged: parts of it lie over one another.", ASK_SAVE_AGAIN)
        end = start + size


def _check_size(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack as far as the directory says; there the check sum tells whether more would come."""
    try:
        with package.open(entry) as part:
            while part.read(_BLOCK):
                pass
    except _UNPACKING_ERRORS as error:
        raise Refusal("F01", "The workbook is damaged or incomplete, and cannot be read.", ASK_SAVE_AGAIN) from error
