"""One way to write and to read the small JSON records of a home, and one error for what cannot be read.

A record holds the fields of a dataclass and, as `sha256`, a hash of them, so that a single bit that differs is found.
Records of earlier versions have no hash. A field that is not known is left out: a later version may have written it.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from workspace.errors import Ending, PlainError
from workspace.files import write_atomically

_SEAL = "sha256"
_WORDS: Mapping[type, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
_Record = TypeVar("_Record")


class DamagedError(PlainError):
    """A file of the home is not as it was written; says which, what was found, and what to do."""

    ending = Ending.DAMAGED

    def __init__(self, file: Path, found: str, what_to_do: str) -> None:
        super().__init__(f"{file} {found}.", what_to_do)
        self.file = file
        self.found = found


OnDamage = Callable[[DamagedError], None]


def write_record(file: Path, record: Any) -> None:
    """Write a dataclass as a record: all of it or nothing."""
    write_atomically(file, record_bytes(record))


def record_bytes(record: Any) -> bytes:
    """The content of the file that holds a record."""
    plain = {field.name: _plain(getattr(record, field.name)) for field in fields(record)}
    return (json.dumps(plain | {_SEAL: _hash(plain)}, indent=2) + "\n").encode()


def read_record(file: Path, kind: type[_Record], *, what_to_do: str, any_bytes: bool = False) -> _Record:
    """The record in a file, its fields checked by their types.

    `any_bytes` takes texts that are no UTF-8, as earlier versions wrote names of files. Raises DamagedError, which says
    `what_to_do`, where the file is not a record of this kind as it was written, and FileNotFoundError where there is
    no file.
    """
    try:
        return record_from(_read(file), kind, any_bytes=any_bytes)
    except ValueError as error:
        raise DamagedError(file, str(error), what_to_do) from error


def stop(damage: DamagedError) -> None:
    """What is done about a damaged record unless something else is said: raise it."""
    raise damage


def pass_by(_: DamagedError) -> None:
    """What is done about a damaged record where all damage is named elsewhere: nothing."""


def read_each(files: Iterable[Path], read: Callable[[Path], _Record], damaged: OnDamage) -> Iterator[_Record]:
    """The records of those files that are there, in their order; `damaged` is told of each that cannot be read."""
    for file in files:
        try:
            record = read(file)
        except FileNotFoundError:
            continue
        except DamagedError as damage:
            damaged(damage)
        else:
            yield record


def record_from(content: bytes, kind: type[_Record], *, any_bytes: bool = False) -> _Record:
    """The record that these bytes hold.

    Raises ValueError, which says in words what they are instead, such as “is empty”.
    """
    if not content.strip(b"\0 \r\n\t"):
        raise ValueError("is empty")
    try:
        plain = json.loads(content.decode("utf-8", "surrogateescape" if any_bytes else "strict"))
    except UnicodeDecodeError:
        raise ValueError("is not text") from None
    except (ValueError, RecursionError):
        raise ValueError("cannot be read as JSON") from None
    if not isinstance(plain, dict):
        raise ValueError("holds no record")
    seal = plain.pop(_SEAL, None)
    if seal is not None and seal != _hash(plain):
        raise ValueError("is not as it was written")
    return _as_dataclass(plain, kind)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except IsADirectoryError:
        raise ValueError("is a folder") from None
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        raise ValueError("cannot be read from the disk") from None


def _hash(plain: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    """Name, type and whether it has to be there, of each field of a dataclass."""
    hints = get_type_hints(kind)
    return tuple(
        (field.name, hints[field.name], field.default is MISSING and field.default_factory is MISSING)
        for field in fields(kind)
    )


def _as_dataclass(plain: Mapping[str, Any], kind: type[_Record]) -> _Record:
    found: dict[str, Any] = {}
    for name, hint, needed in _fields(kind):  # type: ignore[arg-type]
        if name in plain:
            found[name] = _as(plain[name], hint, name)
        elif needed:
            raise ValueError(f"lacks “{name}”")
    return kind(**found)


def _as(value: Any, hint: Any, name: str) -> Any:  # noqa: PLR0911
    """A value out of JSON as the type that a field has; raises ValueError where it is another."""
    if hint is Any:
        return value
    if get_origin(hint) in {Union, UnionType}:
        inner = [one for one in get_args(hint) if one is not NoneType]
        return None if value is None else _as(value, inner[0], name)
    if hint in {datetime, date}:
        return _as_time(value, hint, name)
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_as(one, get_args(hint)[0], name) for one in value)
    if get_origin(hint) in {dict, Mapping} and isinstance(value, dict):
        return {key: _as(one, get_args(hint)[1], name) for key, one in value.items()}
    if is_dataclass(hint) and isinstance(value, dict):
        return _as_dataclass(value, hint)  # type: ignore[arg-type]
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ValueError(f"has “{name}” that is not {_WORDS.get(hint, 'what it should be')}")
    return value


def _as_time(value: Any, hint: type, name: str) -> datetime | date:
    try:
        found = hint.fromisoformat(value)  # type: ignore[attr-defined]
        if hint is datetime and found.tzinfo is None:
            raise ValueError
    except (TypeError, ValueError):
        raise ValueError(f"has “{name}” that is not {'an instant' if hint is datetime else 'a day'}") from None
    return found  # type: ignore[no-any-return]
