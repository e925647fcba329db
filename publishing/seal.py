"""The seal of a folder: SHA-256, size and rows of every file in it, and whether all is still as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"


def seal(folder: Path, rows: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Keys sha256, bytes and, where it holds one table, rows, for every file below a folder but its manifest.

    `rows` are counts by the file's name below the folder.
    """
    return {
        name: about | ({"rows": rows[name]} if name in rows else {}) for name, about in _look_at_files(folder).items()
    }


def damage(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The name of the first file that is missing, new or differs in a single bit; None where all is as sealed."""
    found = _look_at_files(folder)
    for name in sorted(files.keys() | found.keys()):
        if name not in files or name not in found or any(files[name][key] != found[name][key] for key in found[name]):
            return name
    return None


def write_manifest(folder: Path, about: Mapping[str, Any]) -> None:
    """Write what is told of a folder, with the hash of it all: the manifest is sealed as the files are."""
    sealed = {**about, "manifest_sha256": hash_of(about)}
    (folder / MANIFEST).write_text(_as_text(sealed), encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder.

    Raises ValueError where a single bit of it differs from what was written, OSError where there is none.
    """
    text = (folder / MANIFEST).read_text(encoding="utf-8")
    about: dict[str, Any] = json.loads(text)
    told = {key: value for key, value in about.items() if key != "manifest_sha256"}
    if text != _as_text(about) or about["manifest_sha256"] != hash_of(told):
        raise ValueError("the manifest is not as it was written")
    return about


def hash_of(about: Mapping[str, Any]) -> str:
    """SHA-256 of what is told, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _look_at_files(folder: Path) -> dict[str, dict[str, Any]]:
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file != folder / MANIFEST)
    found: dict[str, dict[str, Any]] = {}
    for file in files:
        with file.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        found[file.relative_to(folder).as_posix()] = {"sha256": digest, "bytes": file.stat().st_size}
    return found


def _as_text(about: Mapping[str, Any]) -> str:
    return json.dumps(about, indent=2) + "\n"
