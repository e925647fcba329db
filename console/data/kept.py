"""The releases that are kept, and what differs between one and the one that it was compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from publishing.order import order_of
from publishing.reader import release_folders
from publishing.seal import read_manifest

# What a release is made from, as its manifest calls it.
_INPUTS = {
    "code": "the program",
    "day": "the day",
    "decisions": "decisions",
    "landed": "what was read from the returns",
    "programme": "the programme's folder",
    "refusals": "refused files",
    "register": "the registers",
    "returns": "returns",
}
_SHORT = 12


@dataclass(frozen=True)
class Kept:
    """A release that is kept, by its manifest; `about` is empty where that cannot be read."""

    release_id: str
    folder: Path
    is_current: bool
    about: Mapping[str, Any]

    @property
    def made_at(self) -> datetime | None:
        """When it was made."""
        return datetime.fromisoformat(self.about["created_at"]) if self.about else None

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each mart has."""
        return dict(self.about.get("rows", {}))


def kept_releases(home: Path) -> list[Kept]:
    """Every release of a home, the newest first; one whose manifest cannot be read comes last."""
    current = home / "releases" / "current"
    now = current.resolve().name if current.exists() else ""
    found = [Kept(one.name, one, one.name == now, _manifest(one)) for one in release_folders(home / "releases")]
    return sorted(found, key=lambda one: (bool(one.about), order_of(one.about), one.release_id), reverse=True)


def other_inputs(now: Kept, before: Kept) -> list[str]:
    """What the two were made from and differs, in words."""
    one, other = now.about["inputs"], before.about["inputs"]
    return [_INPUTS.get(name, name) for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def other_versions(now: Kept, before: Kept) -> list[dict[str, str]]:
    """Versions of code, engines, forms, rules and methods that differ: keys what, before, after."""
    one, other = (dict(_flat(of.about.get("versions", {}))) for of in (now, before))
    return [
        {"what": name, "before": other.get(name, ""), "after": one.get(name, "")}
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name)
    ]


def other_rows(now: Kept, before: Kept) -> list[dict[str, Any]]:
    """Marts with more or fewer rows than before: keys mart, before, after."""
    return [
        {"mart": mart, "before": before.rows.get(mart), "after": now.rows.get(mart)}
        for mart in sorted({*now.rows, *before.rows})
        if now.rows.get(mart) != before.rows.get(mart) and mart != "revisions"
    ]


def _flat(told: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Names and values of nested mappings and lists; a line of a list is in force or is not there."""
    if isinstance(told, Mapping):
        for key, value in told.items():
            yield from _flat(value, f"{name}, {key}" if name else str(key))
    elif isinstance(told, list):
        yield from ((f"{name}: {line}", "in force") for line in told)
    else:
        yield name, str(told)[:_SHORT] if name.endswith("sha256") else str(told)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        return read_manifest(folder)
    except (OSError, KeyError, TypeError, ValueError):
        return {}
