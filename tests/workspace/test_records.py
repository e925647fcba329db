"""A record is read as it was written, or one error names the file, what was found and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from workspace.records import DamagedError, read_record, record_bytes, write_record


@dataclass(frozen=True)
class Example:
    """A field of each type that records have."""

    name: str
    rows: int
    seconds: float
    whole: bool
    at: datetime
    on: date | None
    names: tuple[str, ...]
    counts: Mapping[str, int]
    failure: str | None = None


EXAMPLE = Example(
    "Société “1”", 3, 1.0, True, datetime(2026, 7, 1, 2, tzinfo=UTC), None, ("a", "b"), {"one": 1, "two": 2}
)  # fmt: skip


def changed(**fields: Any) -> bytes:
    """The record of an earlier version, without a hash, with fields changed, or left out where they are `...`."""
    plain = {name: value for name, value in json.loads(record_bytes(EXAMPLE)).items() if name != "sha256"}
    return json.dumps({name: value for name, value in (plain | fields).items() if value is not ...}).encode()


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "is empty"),
    "blank": (lambda _: b" \n", "is empty"),
    "zeros, as after a power cut": (lambda content: b"\0" * len(content), "is empty"),
    "cut off": (lambda content: content[: len(content) // 2], "cannot be read as JSON"),
    "not text": (lambda _: b'{"name": "\xe9"}', "is not text"),
    "not JSON": (lambda _: b"<xml/>", "cannot be read as JSON"),
    "too deep": (lambda _: b"[" * 100_000, "cannot be read as JSON"),
    "a list": (lambda _: b"[1]", "holds no record"),
    "a number": (lambda _: b"1", "holds no record"),
    "null": (lambda _: b"null", "holds no record"),
    "one letter": (lambda content: content.replace(b'"rows": 3', b'"rows": 2'), "is not as it was written"),
    "wrong hash": (lambda content: content.replace(b'"sha256": "', b'"sha256": "0'), "is not as it was written"),
    "a field is missing": (lambda _: changed(rows=...), "lacks “rows”"),
    "a text for a number": (lambda _: changed(rows="3"), "has “rows” that is not a whole number"),
    "a half for a whole": (lambda _: changed(rows=3.5), "has “rows” that is not a whole number"),
    "true for a number": (lambda _: changed(rows=True), "has “rows” that is not a whole number"),
    "a number for a text": (lambda _: changed(name=1), "has “name” that is not a text"),
    "null for a text": (lambda _: changed(name=None), "has “name” that is not a text"),
    "a text for a list": (lambda _: changed(names="ab"), "has “names” that is not what it should be"),
    "a number in a list": (lambda _: changed(names=["a", 1]), "has “names” that is not a text"),
    "a list for counts": (lambda _: changed(counts=[1]), "has “counts” that is not what it should be"),
    "a text in counts": (lambda _: changed(counts={"one": "1"}), "has “counts” that is not a whole number"),
    "no instant": (lambda _: changed(at="yesterday"), "has “at” that is not an instant"),
    "an instant without zone": (lambda _: changed(at="2026-07-01T02:00:00"), "has “at” that is not an instant"),
    "a number for an instant": (lambda _: changed(at=1), "has “at” that is not an instant"),
    "no day": (lambda _: changed(on="2026-13-01"), "has “on” that is not a day"),
}


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_record(tmp_path / "one.json", EXAMPLE)
    assert read_record(tmp_path / "one.json", Example, what_to_do="") == EXAMPLE


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_named(tmp_path: Path, damage: str) -> None:
    spoil, found = DAMAGES[damage]
    file = tmp_path / "one.json"
    file.write_bytes(spoil(record_bytes(EXAMPLE)))
    with pytest.raises(DamagedError) as error:
        read_record(file, Example, what_to_do="Run again.")
    assert str(error.value) == f"{file} {found}. Run again."


def test_every_bit_of_a_record_counts(tmp_path: Path) -> None:
    """A flipped bit is found, or it says the same: none of them reads as another record."""
    content, file = record_bytes(EXAMPLE), tmp_path / "one.json"
    found = 0
    for bit in range(len(content) * 8):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        try:
            assert read_record(file, Example, what_to_do="") == EXAMPLE, bit
        except DamagedError:
            found += 1
    assert found > 0.9 * len(content) * 8


def test_a_record_of_an_earlier_version_and_of_a_later_one_is_read(tmp_path: Path) -> None:
    for content in (changed(), changed(failure=...), changed(of_a_later_version={"a": [1]})):
        (tmp_path / "one.json").write_bytes(content)
        assert read_record(tmp_path / "one.json", Example, what_to_do="") == EXAMPLE


def test_what_is_not_there_is_not_damaged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_record(tmp_path / "none.json", Example, what_to_do="")


def test_a_folder_in_the_place_of_a_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.json").mkdir()
    with pytest.raises(DamagedError, match=r"one.json is a folder\."):
        read_record(tmp_path / "one.json", Example, what_to_do="")


def test_names_of_files_that_are_no_text_are_kept(tmp_path: Path) -> None:
    content = changed(name="NAME").replace(b"NAME", b"Soci\xe9t\xe9")
    (tmp_path / "one.json").write_bytes(content)
    record = read_record(tmp_path / "one.json", Example, what_to_do="", any_bytes=True)
    assert record.name.encode("utf-8", "surrogateescape") == b"Soci\xe9t\xe9"
    write_record(tmp_path / "two.json", record)
    assert read_record(tmp_path / "two.json", Example, what_to_do="") == record
