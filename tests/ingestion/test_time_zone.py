"""A programme says in which time zone its days are counted."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion.programme import ProgrammeError, read_programme, time_zone_of


@pytest.fixture
def folder(project: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "programme"
    shutil.copytree(project / "programmes" / "west-midlands-2022", copy)
    return copy


def _say(folder: Path, line: str) -> None:
    described = folder / "programme.yml"
    described.write_text(described.read_text().replace("time_zone: Europe/London\n", line))


def test_its_days_are_those_of_its_zone_and_of_london_where_it_names_none(folder: Path) -> None:
    midnight = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert read_programme(folder).day_of(midnight) == date(2026, 7, 1)
    _say(folder, "")
    assert read_programme(folder).day_of(midnight) == date(2026, 7, 1)
    (folder / "programme.yml").write_text((folder / "programme.yml").read_text() + "\ntime_zone: America/New_York\n")
    assert read_programme(folder).day_of(midnight) == date(2026, 6, 30)
    assert time_zone_of(folder) == "America/New_York"


@pytest.mark.parametrize("zone", ["London", "5", "[Europe/London]", "''", "null"])
def test_a_zone_that_is_none_is_refused_with_the_file_and_an_example(folder: Path, zone: str) -> None:
    _say(folder, f"time_zone: {zone}\n")
    for read in (read_programme, time_zone_of):
        with pytest.raises(ProgrammeError, match=r"programme\.yml there is no time zone .* such as Europe/London"):
            read(folder)


def test_a_folder_without_a_programme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match=r"programme\.yml cannot be read"):
        time_zone_of(tmp_path)
