"""An inbox that lies elsewhere: any place that fsspec can read, copied into the home before it is received.

The place is only read. Credentials come from the environment alone, each as its own kind of place takes them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from ingestion.inbox_files import is_litter
from ingestion.receive import MOST_BYTES
from orchestration.home import Home
from orchestration.retry import is_locked, retrying
from workspace.errors import Ending, PlainError

# More files than any programme has; a mistake in the address may lead to a place with millions.
MOST_FILES = 20_000
_LONGEST_NAME = 200
_BLOCK = 1 << 20
# Addresses of folders of this machine, which are received as such: no link in them is followed.
_FOLDERS = frozenset({"file", "local"})


class InboxError(PlainError):
    """An inbox elsewhere cannot be read; the message says what to do, in one line."""

    ending = Ending.INBOX


@dataclass(frozen=True)
class _File:
    """A file elsewhere."""

    path: str  # as its file system calls it
    name: str  # below the inbox, with "/"
    size_bytes: int
    changed_at: float | None  # seconds since 1970


def inbox_address() -> str | None:
    """The address of an inbox elsewhere, as RETURNS_INBOX says; None for the home's own folder."""
    return os.environ.get("RETURNS_INBOX") or None


def fetch_inbox(address: str, home: Home, *, most_bytes: int = MOST_BYTES) -> Path:
    """A local folder with the files of the inbox at `address`.

    A folder of this machine is returned as it is. From elsewhere only what is new or changed is copied into the home.
    A file above `most_bytes` is not copied: an empty file of its size and name stands for it, so that it is refused
    with its reason like any other. Raises InboxError where the place cannot be reached or holds more than MOST_FILES
    files; then nothing of the inbox is received on this night.
    """
    shown = _check(address)
    if "://" not in address:
        return _folder(Path(address))
    kind, place = address.split("://", 1)
    if kind in _FOLDERS:
        return _folder(Path(place))
    try:
        files, system = retrying(lambda: _list(address), can_pass=_can_pass)
    except InboxError:
        raise
    except Exception as error:
        raise InboxError(
            f"The inbox {shown} cannot be read: {_plain(error)}. Check the address and its credentials."
        ) from error
    target = home.build / "inbox"
    target.mkdir(parents=True, exist_ok=True)
    wanted = set()
    for file in files:
        copy = target / PurePosixPath(file.name)
        wanted.add(copy)
        if not _is_there(copy, file):
            try:
                _copy_patiently(system, file, copy, most_bytes)
            except Exception as error:
                raise InboxError(f"{file.name} in the inbox {shown} cannot be read: {_plain(error)}.") from error
    for old in sorted(target.rglob("*"), reverse=True):
        if old.is_dir() and not any(old.iterdir()):
            old.rmdir()
        elif not old.is_dir() and old not in wanted:
            old.unlink()
    return target


def inbox_state(address: str) -> str:
    """A hash that changes when a file in the inbox at `address` comes, goes or changes. Raises InboxError."""
    _check(address)
    files, _ = _list(address)
    listed = "\n".join(f"{file.name}\0{file.size_bytes}\0{file.changed_at}" for file in files)
    return hashlib.sha256(listed.encode("utf-8", "surrogateescape")).hexdigest() if files else ""


def _check(address: str) -> str:
    """The address as it may be shown.

    Raises InboxError where it holds a password.
    """
    parts = urlsplit(address)
    if parts.password or "@" in parts.netloc:
        raise InboxError(
            "The address of the inbox holds a user or a password, which would end up in logs. Give both in the "
            "environment: see docs/operations.md."
        )
    return address


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise InboxError(f"There is no inbox at {folder}. Check the address.")
    return folder


def _list(address: str) -> tuple[list[_File], Any]:
    system, root = _open(address)
    # What was listed earlier in this process may have changed.
    system.invalidate_cache()
    if not system.exists(root):
        raise InboxError(f"There is no inbox at {address}. Check the address.")
    found = system.find(root, detail=True)
    if len(found) > MOST_FILES:
        raise InboxError(f"The inbox {address} holds {len(found):,} files; that cannot be right. Check the address.")
    files = []
    for path, about in sorted(found.items()):
        name = path[len(root) :].removeprefix("/")
        if not name or "\0" in name or ".." in name.split("/") or is_litter(name.rsplit("/", 1)[-1]):
            continue
        # A link elsewhere may point anywhere; only files are taken.
        if about["type"] == "file":
            files.append(_File(path, name, int(about["size"]), _changed_at(about)))
    folders = {str(above) for file in files for above in PurePosixPath(file.name).parents}
    return [replace(file, name=_local_name(file.name, folders)) for file in files], system


def _open(address: str) -> tuple[Any, str]:
    """The file system of an address and the folder in it."""
    import fsspec
    from fsspec.core import url_to_fs

    kind = address.split("://", 1)[0]
    if kind == "sftp":
        return _open_sftp(address)
    if kind not in fsspec.available_protocols():
        raise InboxError(f"There is no kind of place called {kind}. See docs/operations.md.")
    endpoint = os.environ.get("AWS_ENDPOINT_URL") if kind == "s3" else None
    system, root = url_to_fs(address, **({"client_kwargs": {"endpoint_url": endpoint}} if endpoint else {}))
    return system, root.rstrip("/")


def _open_sftp(address: str) -> tuple[Any, str]:
    from sshfs import SSHFileSystem

    parts = urlsplit(address)
    if not parts.hostname:
        raise InboxError("The address of the inbox names no server. Write sftp://host/folder.")
    settings = {
        "username": os.environ.get("RETURNS_INBOX_USER"),
        "password": os.environ.get("RETURNS_INBOX_PASSWORD"),
        "client_keys": os.environ.get("RETURNS_INBOX_KEY_FILE"),
        # Else the list of known servers of the user who runs the night; a server that is not in it is not trusted.
        "known_hosts": os.environ.get("RETURNS_INBOX_KNOWN_HOSTS"),
    }
    given = {name: value for name, value in settings.items() if value}
    return SSHFileSystem(parts.hostname, port=parts.port or 22, **given), parts.path.rstrip("/") or "."


def _local_name(name: str, folders: Collection[str]) -> str:
    """A name that a disk can keep, for each one that a place elsewhere allows; what is changed is told by a hash.

    Elsewhere a part of a name may be empty, a dot or longer than a disk allows, and a file may be called like a folder.
    """
    *above, last = name.split("/")
    parts = [part if part not in {"", "."} else "_" for part in above]
    if name in folders or parts != above or last in {"", "."}:
        last = _with_hash(last, name)
    return "/".join(
        part if len(os.fsencode(part)) <= _LONGEST_NAME else _with_hash(part, part) for part in (*parts, last)
    )


def _with_hash(part: str, of: str) -> str:
    digest = hashlib.sha256(os.fsencode(of)).hexdigest()[:12]
    return f"{part[:50]}-{digest}{PurePosixPath(part).suffix[:10]}"


def _copy_patiently(system: Any, file: _File, copy: Path, most_bytes: int) -> None:
    retrying(lambda: _copy(system, file, copy, most_bytes), can_pass=_can_pass)


def _copy(system: Any, file: _File, copy: Path, most_bytes: int) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    unfinished = copy.with_name(f".{copy.name[:100]}.unfinished")
    with unfinished.open("wb") as target:
        if file.size_bytes > most_bytes:
            # A hole of that size: it costs no room, and is refused as too large without being read.
            target.truncate(file.size_bytes)
        else:
            copied = 0
            with system.open(file.path, "rb") as source:
                while block := source.read(_BLOCK):
                    copied += len(block)
                    if copied > most_bytes:
                        raise InboxError(f"it grew beyond {most_bytes / 1e6:,.0f} MB while it was read")
                    target.write(block)
    if file.changed_at is not None:
        os.utime(unfinished, (file.changed_at, file.changed_at))
    unfinished.replace(copy)


def _is_there(copy: Path, file: _File) -> bool:
    if not copy.is_file() or file.changed_at is None:
        return False
    found = copy.stat()
    return found.st_size == file.size_bytes and abs(found.st_mtime - file.changed_at) < 0.001  # noqa: PLR2004


def _changed_at(about: Mapping[str, Any]) -> float | None:
    for name in ("mtime", "LastModified", "last_modified", "created"):
        moment = about.get(name)
        if isinstance(moment, int | float):
            return float(moment)
        if moment is not None and hasattr(moment, "timestamp"):
            return float(moment.timestamp())
    return None


def _can_pass(error: Exception) -> bool:
    return not isinstance(error, InboxError | FileNotFoundError | PermissionError) and (
        is_locked(error) or isinstance(error, ConnectionError | TimeoutError)
    )


def _plain(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
