"""Checked files that wait to be sent: each in a private folder of the home, for a day.

What is sent is the very file that was checked. A form holds a work e-mail address, so what is not sent is not kept.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from workspace.files import make_folder, move_into_place
from workspace.records import DamagedError, read_record, write_record

_KEPT_SECONDS = 24 * 60 * 60
_KEPT_OF_A_CLUSTER = 10
_ABOUT = ".upload.json"
# What the inbox takes for something that a desktop left lying about.
_LITTER = frozenset({"thumbs.db", "desktop.ini"})
_LONGEST_NAME = 80
_TOKEN = re.compile(r"[0-9a-f]{32}")
_UPLOAD_AGAIN = "Whoever uploaded the file is asked to do so again; what is left of it is deleted after a day."


@dataclass(frozen=True)
class Upload:
    """A file that somebody of a lead agency uploaded, and what the check said of it."""

    token: str  # unguessable; names its folder
    shown_name: str  # as the person called it
    file_name: str  # the same in a form that is safe here and in the inbox; in some layouts it says whose the file is
    sha256: str
    size_bytes: int
    cluster_id: str
    uploaded_by: str  # e-mail address
    uploaded_at: datetime
    answer: Mapping[str, Any]  # what `returns check --json` says; empty until it has been checked


@dataclass(frozen=True)
class _Record:
    """An upload as it is written down: apart, since a record has a `sha256` of its own beside its fields."""

    upload: Upload


def keep_upload(uploads: Path, chunks: Iterable[bytes], name: str, *, cluster_id: str, by: str, at: datetime) -> Upload:
    """Write an upload into a folder of its own that only this user can read."""
    forget_old(uploads)
    _forget_all_but_the_newest(uploads, cluster_id)
    token = secrets.token_hex(16)
    folder = uploads / token
    make_folder(folder)
    digest, size, unnamed = hashlib.sha256(), 0, folder / "content"
    with os.fdopen(os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    sha256, shown = digest.hexdigest(), _own_name(name)
    upload = Upload(token, shown, _safe(shown), sha256, size, cluster_id, by, at, {})
    move_into_place(unnamed, folder / upload.file_name)
    return upload


def file_of(uploads: Path, upload: Upload) -> Path:
    """Where the bytes of an upload lie."""
    return uploads / upload.token / upload.file_name


def keep_answer(uploads: Path, upload: Upload, answer: Mapping[str, Any]) -> Upload:
    """Write down what the check said; from now on the upload can be found."""
    checked = replace(upload, answer=answer)
    write_record(uploads / upload.token / _ABOUT, _Record(checked))
    return checked


def find_upload(uploads: Path, token: str) -> Upload | None:
    """The checked upload of this token; None where there is none (any more).

    Raises DamagedError where its record is not as it was written: nothing is sent then.
    """
    if not _TOKEN.fullmatch(token):
        return None
    file = uploads / token / _ABOUT
    try:
        found = read_record(file, _Record, what_to_do=_UPLOAD_AGAIN).upload
    except (FileNotFoundError, NotADirectoryError):
        return None
    if found.token != token:
        raise DamagedError(file, "is the record of another upload", _UPLOAD_AGAIN)
    return found


def forget_upload(uploads: Path, upload: Upload) -> None:
    """Delete an upload."""
    shutil.rmtree(uploads / upload.token, ignore_errors=True)


def forget_old(uploads: Path) -> None:
    """Delete what nobody sent for a day."""
    for folder in sorted(uploads.glob("*")):
        if _age(folder) > _KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _forget_all_but_the_newest(uploads: Path, cluster_id: str) -> None:
    """Leave room for one more upload of a cluster, so that uploads never fill the disk."""
    own = sorted(
        (one for one in _whole_uploads(uploads) if one.cluster_id == cluster_id),
        key=lambda one: (one.uploaded_at, one.token),
    )
    for old in own[: max(0, len(own) - _KEPT_OF_A_CLUSTER + 1)]:
        forget_upload(uploads, old)


def _whole_uploads(uploads: Path) -> Iterator[Upload]:
    for folder in uploads.glob("*"):
        with suppress(DamagedError):
            upload = find_upload(uploads, folder.name)
            if upload:
                yield upload


def _age(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:  # another request was quicker
        return 0


def _own_name(name: str) -> str:
    """The last part of a name, whichever system it comes from, without what no screen shows."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    return "".join(letter for letter in last if letter.isprintable())[-200:] or "return"


def _safe(name: str) -> str:
    """A name that no file system stumbles over and that the inbox does not pass by."""
    plain = re.sub(r"[^A-Za-z0-9._ -]+", "_", name).strip(". ~")
    plain = plain[-_LONGEST_NAME:].strip(". ~") or "return"
    return f"return {plain}" if plain.lower() in _LITTER else plain
