"""Readers that live through the publication of releases. The long run is `make bench-readers`."""

from pathlib import Path

from benchmarks.readers import READERS, run


def test_four_readers_see_every_release_whole_and_in_order(tmp_path: Path) -> None:
    ended = run(tmp_path, 20, pause_seconds=0.1)
    assert [problem for seen in ended.readers for problem in seen.problems] == []
    assert len(ended.readers) == len(READERS) == 4
    for seen in ended.readers:
        assert seen.reads >= seen.releases >= 2
    # The twentieth is of 21 January, so nothing is old yet.
    assert (ended.published, ended.removed) == (20, 0)
