"""A report is made again over itself, and never over what a person made."""

from pathlib import Path

import pytest

from orchestration.report_files import put
from workspace.errors import WrongCallError


def writes(text: str):
    def report(folder: Path) -> None:
        (folder / "tables").mkdir()
        (folder / "report.html").write_text(text, encoding="utf-8")
        (folder / "tables" / "one.csv").write_text(text, encoding="utf-8")

    return report


def test_it_is_made_again_over_itself_and_also_after_a_stop(tmp_path: Path) -> None:
    folder = tmp_path / "release" / "2025-26" / "it's"
    for text in ("first", "second", "first"):
        assert put(writes(text), folder, below=tmp_path / "release") == folder
        assert (folder / "tables" / "one.csv").read_text(encoding="utf-8") == text
    (folder / "report.html").unlink()
    put(writes("third"), folder, below=tmp_path / "release")
    assert (folder / "report.html").read_text(encoding="utf-8") == "third"
    assert sorted(one.name for one in (tmp_path / "release").iterdir()) == [".made.sha256", "2025-26"]


@pytest.mark.parametrize("changed", ["report.html", "tables/one.csv"])
def test_what_a_person_changed_stays_and_is_named(tmp_path: Path, changed: str) -> None:
    folder = tmp_path / "report"
    put(writes("made"), folder, below=tmp_path)
    (folder / changed).write_text("corrected by hand", encoding="utf-8")
    with pytest.raises(WrongCallError, match=changed):
        put(writes("made again"), folder, below=tmp_path)
    texts = {file: (folder / file).read_text(encoding="utf-8") for file in ("report.html", "tables/one.csv")}
    assert texts == dict.fromkeys(texts, "made") | {changed: "corrected by hand"}
