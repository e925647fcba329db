"""The exit codes in docs/operations.md are those of the command line: one table for all commands, one for each."""

from pathlib import Path

import click
import pytest

from orchestration.commands import returns
from orchestration.described import COMMON_CODES
from tests.orchestration.test_every_command import COMMANDS
from workspace.errors import Ending


def lines_of(project: Path, begin: str) -> list[str]:
    text = (project / "docs" / "operations.md").read_text(encoding="utf-8")
    return text.split(f"<!-- {begin} -->\n")[1].split("\n<!--")[0].splitlines()


def test_the_table_of_all_commands(project: Path) -> None:
    said = [f"| {code} | {meaning} |" for code, meaning in COMMON_CODES.items() if code in {4, 5, 130, 143}]
    assert lines_of(project, "exit codes of all") == ["| code | means |", "|---|---|", *said]


def test_the_table_of_each_command(project: Path) -> None:
    rows = [
        f"| `returns {' '.join(words)}` | " + " | ".join(command.codes.get(code, "–") for code in range(4)) + " |"
        for words, command in COMMANDS.items()
    ]
    assert lines_of(project, "exit codes of each") == ["| command | 0 | 1 | 2 | 3 |", "|---|---|---|---|---|", *rows]


def test_every_way_of_ending_has_a_code_that_is_documented() -> None:
    documented = {code for command in COMMANDS.values() for code in command.codes}
    assert {ending.exit_code for ending in Ending} == documented


@pytest.mark.parametrize("name", sorted(returns.commands))
def test_the_readme_names_every_command(project: Path, name: str) -> None:
    assert isinstance(returns.commands[name], click.Command)
    assert f"returns {name}" in (project / "README.md").read_text(encoding="utf-8")
