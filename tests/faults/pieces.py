"""Each kind of piece that lies in a home, each way in which it is damaged, and what the next run has to say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingestion.archive import archived_receipts
from orchestration.home import Home
from orchestration.set_aside import SetAside, keep
from orchestration.waiting import keep_waiting
from tests.older_homes.make_home import RUNS


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def one_bit(file: Path) -> None:
    """In the middle where a hash is kept of it, else where it shows."""
    content = bytearray(file.read_bytes())
    has_hash = file.suffix in {".parquet", ".duckdb", ""} or b'"sha256"' in content or b"manifest_sha256" in content
    content[len(content) // 2 if has_hash else 0] ^= 1
    file.write_bytes(content)


def wrong_types(file: Path) -> None:
    file.write_text('{"what": 1, "receipt_id": [], "rows": 7, "started_at": {}, "form": null, "since": "soon"}')


HOWS: Mapping[str, Callable[[Path], None]] = {
    "empty": emptied,
    "one bit": one_bit,
    "wrong types": wrong_types,
    "deleted": Path.unlink,
}


@dataclass(frozen=True)
class Piece:
    """One kind of piece."""

    pattern: str  # below the home
    number: int = 0  # which of those that fit, so that pieces of one receipt are not damaged together
    said: str = "{path} is"  # of it, where it is damaged
    said_when_deleted: str | None = None  # None: nothing can know that it was there, and nothing rests on it
    hows: tuple[str, ...] = tuple(HOWS)
    alone: bool = False  # whether its damage hides that of others
    make: Callable[[Home], object] = lambda _: None  # where a run leaves none

    def file(self, home: Path) -> Path:
        """The piece to damage."""
        self.make(Home(home.resolve()))
        return sorted(home.glob(self.pattern))[self.number]

    def says(self, home: Path, file: Path, how: str) -> str | None:
        """What the next run has to say, as a regular expression."""
        if how == "deleted" and self.said_when_deleted is None:
            return None
        words = self.said if how != "deleted" else str(self.said_when_deleted)
        path = file.relative_to(home).as_posix()
        names = {"path": path, "folder": Path(path).parent.as_posix(), "content": f"{Path(path).parent}/content"}
        return words.format(**{name: re.escape(value) for name, value in names.items()})


def _one_waits(home: Home) -> None:
    keep_waiting(home, next(archived_receipts(home.archive)), "it was ended from outside", on=RUNS[0].date())


def _one_set_aside(home: Home) -> None:
    receipt = next(archived_receipts(home.archive))
    about = {"cluster_id": "walsall", "reporting_year": "2025-26", "set_aside_at": RUNS[0].isoformat(), "run": "1"}
    keep(home, SetAside(receipt.receipt_id, receipt.file_name, **about, reason="It stopped.", places=()))


_GONE = "{path} is missing"
_OF_BYTES = ("empty", "one bit", "deleted")
_OF_DATABASES = ("empty", "wrong types", "deleted")
_IN_SOME_WAY = "{path} (is|has|cannot|lacks)"
_AS_LANDED = "{path} is not as it was landed"
_MANIFEST, _MARTS = "manifest.json cannot be read", "marts.duckdb is not as it was published"
PIECES: Mapping[str, Piece] = {
    "a receipt": Piece("archive/??/*/receipt.json", 3, _IN_SOME_WAY, _GONE),
    # A bit that differs is found where bytes are read, and by `returns verify`: see tests/orchestration.
    "bytes that were received": Piece(
        "archive/??/*/content", 2, r"{path} \(“.*”\) has 0 bytes", "{path} .*is missing", ("empty", "deleted")
    ),
    "a look into the inbox": Piece("archive/arrivals/00000001", 0, "{path} is not as it was written"),
    "a landing": Piece("landed/*/landing.json", 2, _IN_SOME_WAY, _GONE),
    "landed rows": Piece("landed/*/organisations.parquet", 0, _AS_LANDED, _AS_LANDED, _OF_BYTES),
    "landed findings": Piece("landed/*/findings.parquet", 4, _AS_LANDED, _AS_LANDED, _OF_BYTES),
    "a refusal": Piece("refused/*/refusal.json", 0, "{folder} has a refusal.json that"),
    "a record of a run": Piece("nights/*.json", -1, _IN_SOME_WAY),
    "a receipt that waits": Piece("waiting/*.json", 0, _IN_SOME_WAY, make=_one_waits),
    "a return set aside": Piece("set_aside/*.json", 0, _IN_SOME_WAY, make=_one_set_aside),
    "the manifest of an old release": Piece("releases/20260710T020000Z/manifest.json", 0, _MANIFEST, _MANIFEST),
    "the manifest of the release": Piece("releases/current/manifest.json", 0, _MANIFEST, _MANIFEST, alone=True),
    "the marts": Piece("releases/current/marts.duckdb", 0, _MARTS, _MARTS, _OF_BYTES),
    "the link to the release": Piece(
        "releases/current", 0, "", "{path} points at no release", ("deleted",), alone=True
    ),
    "runs of Dagster": Piece("dagster/history/runs.db", 0, "{path} ", None, _OF_DATABASES),
    "events of Dagster": Piece("dagster/history/runs/index.db", 0, "{path} ", None, _OF_DATABASES),
    "schedules of Dagster": Piece("dagster/schedules/schedules.db", 0, "{path} ", None, _OF_DATABASES),
}
# Of these nothing has to be said: what stands in them is made again without anybody missing it.
SILENT: Mapping[str, Piece] = {
    "the lock": Piece("night.lock", hows=("wrong types", "deleted")),
    "the plan of a check": Piece("build/check/*/steps.json"),
    "a seed of that plan": Piece("build/check/*/*.parquet", hows=_OF_BYTES),
}
