"""The first screen of the README, made again by the commands themselves: `make first-screen`.

It lays the demo in a new home and runs once, as `make run` does, always as of the same day. What differs from time to
time is how long the run took and the id of the release.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

_PROJECT = Path(__file__).parents[1]
README = _PROJECT / "README.md"
BEGINS, ENDS = "<!-- first screen begins: written by make first-screen -->", "<!-- first screen ends -->"
AS_OF = "2026-11-24"
# As from a fresh clone, where the command is called by its path.
_CALL = "import sys; sys.argv[0] = '.venv/bin/returns'; from orchestration.cli import main; main()"


def first_screen(folder: Path) -> str:
    """What the two commands print when they are called in an empty folder, which is their home's too."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(_PROJECT),
        **{name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL") if name in os.environ},
    }
    told = ""
    for words in (("demo",), ("nightly", "--as-of", AS_OF)):
        command = [sys.executable, "-c", _CALL, *words, "--home", "var"]
        done = subprocess.run(  # noqa: S603
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise click.ClickException(f"returns {words[0]} ended with {done.returncode}:\n{done.stdout}")
        told += done.stdout
    return told.strip()


def block_of(text: str) -> str:
    """The first screen as it stands in a text. Raises ValueError where it has no such block."""
    return text[text.index(BEGINS) + len(BEGINS) : text.index(ENDS)].strip().strip("`").strip()


def with_block(text: str, screen: str) -> str:
    """The text with the first screen in it. Raises ValueError where it has no place for it."""
    before, after = text[: text.index(BEGINS)], text[text.index(ENDS) :]
    return f"{before}{BEGINS}\n```\n{screen}\n```\n{after}"


@click.command()
def main() -> None:
    """Write the first screen of the README anew."""
    with tempfile.TemporaryDirectory(prefix="returns-first-screen-") as scratch:
        screen = first_screen(Path(scratch))
    README.write_text(with_block(README.read_text(encoding="utf-8"), screen), encoding="utf-8")
    click.echo(f"Written: {README}")


if __name__ == "__main__":
    main()
