"""SHA-256 over files, texts and the code: what tells whether anything has changed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from orchestration.home import PROJECT
from orchestration.versions import ENGINES

_CODE = (
    ("ingestion", ("*.py", "*.yml")),
    ("expectations", ("*.py", "*.yml", "*.sql")),
    ("console/decisions", ("*.py",)),
    ("orchestration", ("*.py",)),
    ("publishing", ("*.py", "*.yml")),
    ("workspace", ("*.py",)),
    ("dbt_project", ("dbt_project.yml", "profiles.yml")),
    ("dbt_project/models", ("*",)),
    ("dbt_project/macros", ("*",)),
    ("dbt_project/seeds", ("*",)),
)


def hash_of_code() -> str:
    """One SHA-256 over the code that makes a release, and the engines that run it."""
    return hash_of_texts(
        [sys.version, *(f"{name} {version(name)}" for name in ENGINES)]
        + [hash_of_files_below(PROJECT / folder, patterns) for folder, patterns in _CODE]
    )


def hash_of_files_below(folder: Path, patterns: tuple[str, ...]) -> str:
    """One hash over names and contents of files below a folder."""
    files = sorted({file for pattern in patterns for file in folder.rglob(pattern) if _counts(file)})
    return hash_of_texts(
        f"{file.relative_to(folder).as_posix()} {sha256(file.read_bytes()).hexdigest()}" for file in files
    )


def _counts(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")


def hash_of_texts(texts: Iterable[str]) -> str:
    """One hash over texts, in the order given."""
    digest = sha256()
    for text in texts:
        digest.update(f"{text}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
