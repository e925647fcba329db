"""The first screen of the README is what the command prints of the demo."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.first_screen import BEGINS, ENDS, README, block_of, with_block
from orchestration.headline import headline_lines
from publishing.reader import open_marts
from tests.orchestration.conftest import demo_home

pytestmark = pytest.mark.xdist_group("demo")

__all__ = ["demo_home"]


def test_the_headline_of_the_readme_is_that_of_the_demo(demo_home: Path) -> None:
    with open_marts((demo_home / "releases" / "current").resolve() / "marts.duckdb") as marts:
        expected = [line for line in headline_lines(marts) if line]
    lines = [line.strip() for line in block_of(README.read_text(encoding="utf-8")).splitlines()]
    start = lines.index(expected[0])
    assert [line for line in lines[start:] if line][: len(expected)] == [line.strip() for line in expected]


def test_the_block_is_replaced_and_nothing_else() -> None:
    text = f"# Title\n{BEGINS}\n```\nold\n```\n{ENDS}\nrest\n"
    written = with_block(text, "new\nlines")
    assert block_of(written) == "new\nlines"
    assert written == f"# Title\n{BEGINS}\n```\nnew\nlines\n```\n{ENDS}\nrest\n"
    assert with_block(written, "new\nlines") == written
    with pytest.raises(ValueError, match="substring not found"):
        with_block("# Title\n", "new")
