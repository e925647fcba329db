"""Every command with every kind of wrong input, and stopped: told in a few lines, by a documented code, and as JSON.

The commands are taken from the command line itself, so a new one is in here with its first day.
"""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import click
import pytest

from orchestration.cli import main
from orchestration.commands import returns
from orchestration.described import DescribedCommand, DescribedGroup
from orchestration.options import Number, Place
from tests.small_disk import disk_of, small_disk

# What no person should ever read: the name of a class of errors, a line of a traceback, an address in memory.
INTERNAL = re.compile(r"Traceback|\b\w*(?:Error|Exception|Interrupt)\b|File \"|0x[0-9a-f]{6}|\\b")
WRONG_CALL = 4


def all_commands(group: click.Group = returns, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it."""
    for name, command in sorted(group.commands.items()):
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from all_commands(command, (*before, name))


COMMANDS = dict(all_commands())
NAMED = [pytest.param(words, id=" ".join(words)) for words in COMMANDS]


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left_behind() -> None:
    """Connections that other tests in this process left open complain when a command's thread tidies them up."""
    gc.collect()


@pytest.fixture(autouse=True)
def nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong is found before anything is built, or the build is what fails; none is made here."""
    from orchestration import dbt_build

    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("as nobody foresaw")

    monkeypatch.setattr(dbt_build, "parse_project", broken)
    monkeypatch.setattr(dbt_build, "build", broken)
    for variable in ("RETURNS_HOME", "RETURNS_PROGRAMME", "RETURNS_INBOX", "DATABASE_URL", "RETURNS_WEBHOOK_URL"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which every command is called; nothing of a call that is wrong is ever left in it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def call(words: tuple[str, ...], tmp_path: Path, **given: str) -> list[str]:
    """A call with everything that the command asks for; `given` are values of its parameters by their names."""
    line = list(words)
    for parameter in COMMANDS[words].params:
        name = str(parameter.name)
        if name not in given and not parameter.required:
            continue
        value = given.get(name, usual(parameter, tmp_path))
        line += [value] if isinstance(parameter, click.Argument) else [parameter.opts[0], value]
    return line


def usual(parameter: click.Parameter, tmp_path: Path) -> str:
    if isinstance(parameter.type, Place):
        return str(tmp_path / "there.tar.gz" if parameter.name == "to" else tmp_path / "none")
    if isinstance(parameter.type, click.Choice):
        return str(parameter.type.choices[0])
    return {"cluster": "walsall", "year": "2025-26", "sql": "select 1", "code": "P01"}.get(str(parameter.name), "x")


def check(line: list[str], capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> int:
    """Run a call twice, for a person and for a program; give back the exit code."""
    codes = []
    for asked in (line, [*words, "--json", *line[len(words) :]]):
        try:
            main(asked)
            code = 0
        except SystemExit as left:
            code = int(str(left.code))
        out, err = capsys.readouterr()
        said = [one for one in err.splitlines() if not one.endswith(" ...")]
        assert len(said) <= 3, (asked, err)
        assert not INTERNAL.search(err), (asked, err)
        assert code in COMMANDS[words].codes, (asked, code)
        if "--json" in asked:
            told = json.loads(out)
            if code > 1:
                assert told["exit_code"] == code
                assert told["error"]
                assert told["what_to_do"]
                assert err == "" or code == 1 or all(one.endswith(" ...") for one in err.splitlines())
        elif code > 1:
            assert not INTERNAL.search(out), (asked, out)
            assert said or "What to do" in out, asked
        codes.append(code)
    # What has been done, such as a file that was written, may be in the way of doing it again.
    assert codes[0] in {0, codes[1]}, line
    return codes[0]


@pytest.mark.parametrize("words", NAMED)
def test_its_help_has_an_example_and_its_exit_codes(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    command = COMMANDS[words]
    assert isinstance(command, DescribedCommand | DescribedGroup)
    main([*words, "--help"])
    told = capsys.readouterr().out
    assert "\\b" not in told
    assert "\b" not in told
    examples, codes = told.split("\nExamples:\n")[1].split("\nExit codes:\n")
    assert f"returns {' '.join(words)}" in examples
    assert {int(line[:5]) for line in codes.splitlines() if line[:5].strip()} == set(command.codes)
    assert {0, 2, WRONG_CALL, 5, 130, 143} <= set(command.codes)


@pytest.mark.parametrize("words", NAMED)
def test_an_example_is_a_call_that_can_be_understood(words: tuple[str, ...]) -> None:
    import shlex

    for example in COMMANDS[words].examples:
        typed = shlex.split(example, comments=True)
        typed = typed[typed.index("returns") + 1 :]
        command: click.Command = returns
        while isinstance(command, click.Group) and typed and typed[0] in command.commands:
            command = command.commands[typed.pop(0)]
        command.make_context("returns", typed)


@pytest.mark.parametrize("words", NAMED)
def test_a_call_that_is_wrong(
    words: tuple[str, ...], tmp_path: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = call(words, tmp_path)
    for wrong in (
        [*words, "--no-such-option"],
        [*right, "--hom", "x"],
        [*right, "--home"],
        [*right, "--home", ""],
    ):
        assert check(wrong, capsys, words) == WRONG_CALL, wrong
    parameters = COMMANDS[words].params
    if not any(one.nargs == -1 for one in parameters) and not isinstance(COMMANDS[words], click.Group):
        assert check([*right, *["surplus"] * len(parameters)], capsys, words) == WRONG_CALL
    if any(one.required for one in parameters):
        assert check(list(words), capsys, words) == WRONG_CALL
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("words", NAMED)
def test_a_path_that_begins_with_a_dash(
    words: tuple[str, ...], tmp_path: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is an option that took the place of a path; nothing is made under its name."""
    for parameter in COMMANDS[words].params:
        if isinstance(parameter.type, Place) and isinstance(parameter, click.Option):
            for name in ("--json", "-x"):
                line = [*words, parameter.opts[0], name]
                assert check(line, capsys, words) == WRONG_CALL, line
                with pytest.raises(SystemExit):
                    main(line)
                assert f"{name} begins with a dash" in "".join(capsys.readouterr())
    assert list(here.iterdir()) == []


def test_a_home_may_be_called_so_all_the_same(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "--json").mkdir()
    main(["status", "--home", "./--json"])
    assert str(here / "--json") in capsys.readouterr().out


@pytest.mark.parametrize("words", NAMED)
def test_values_that_are_none(words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for parameter in COMMANDS[words].params:
        values = {
            click.Choice: ["no-such-choice"],
            click.DateTime: ["soon", "2026-02-30"],
            Number: ["nan", "inf", "one", "-1e99"],
            click.IntRange: ["0", "1.5", "x"],
        }.get(type(parameter.type), [])
        for value in values:
            if value == "-1e99" and parameter.type.least < 0:  # type: ignore[attr-defined]
                continue
            assert check(call(words, tmp_path, **{str(parameter.name): value}), capsys, words) == WRONG_CALL, value


def _missing(place: Path, _: pytest.MonkeyPatch) -> None:
    pass


def _a_folder(place: Path, _: pytest.MonkeyPatch) -> None:
    place.mkdir()


def _not_what_it_should_be(place: Path, _: pytest.MonkeyPatch) -> None:
    place.write_bytes(b"\x00\xff not what anybody expects \xfe")


def _unreadable(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for root, who can read everything."""
    place.write_bytes(b"secret")
    place.chmod(0)
    opened = {"os": os.open, "io": open}

    def refuse(call: Callable[..., Any]) -> Callable[..., Any]:
        def of(file: Any, *args: Any, **options: Any) -> Any:
            if isinstance(file, str | bytes | os.PathLike) and os.fspath(file) in {str(place), bytes(place)}:
                raise PermissionError(13, "Permission denied", str(place))
            return call(file, *args, **options)

        return of

    monkeypatch.setattr("os.open", refuse(opened["os"]))
    monkeypatch.setattr("builtins.open", refuse(opened["io"]))
    monkeypatch.setattr("io.open", refuse(opened["io"]))


@pytest.mark.parametrize("state", [_missing, _a_folder, _not_what_it_should_be, _unreadable])
@pytest.mark.parametrize("words", NAMED)
def test_files_and_folders_that_are_not_what_they_should_be(
    words: tuple[str, ...],
    state: Callable[[Path, pytest.MonkeyPatch], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each place that a command is told of in turn, the home among them."""
    places = [str(one.name) for one in COMMANDS[words].params if isinstance(one.type, Place)]
    for number, name in enumerate(places):
        home = tmp_path / f"home {number} of Ada's"
        (home / "inbox").mkdir(parents=True)
        place = tmp_path / f"it's {number}.tar.gz"
        with monkeypatch.context() as patched:
            state(place, patched)
            given = {"home": str(home)} | {name: str(place)}
            check(call(words, tmp_path, **given), capsys, words)


@pytest.mark.parametrize("words", NAMED)
def test_a_home_that_is_empty_and_has_an_awkward_name(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "Ada's $HOME; \u201cold\u201d \udce9"
    home.mkdir()
    check(call(words, tmp_path, home=str(home)), capsys, words)


@pytest.mark.parametrize("words", NAMED)
def test_a_programme_that_is_damaged(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if all(one.name != "programme" for one in COMMANDS[words].params):
        return
    home, programme = tmp_path / "home", tmp_path / "programme"
    home.mkdir()
    programme.mkdir()
    for text in (b"", b"name: [", b"- a list\n", b"\xff\xfe\x00", b"name: x\nclusters: 7\n"):
        (programme / "programme.yml").write_bytes(text)
        check(call(words, tmp_path, home=str(home), programme=str(programme)), capsys, words)


@pytest.fixture(scope="module")
def read_only_disk() -> Iterator[Path]:
    with small_disk(4) as disk:
        (disk / "home" / "inbox").mkdir(parents=True)
        disk_of(disk, megabytes=4, read_only=True)
        yield disk


@pytest.mark.parametrize("words", NAMED)
def test_a_home_that_cannot_be_written(
    words: tuple[str, ...],
    read_only_disk: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    check(call(words, tmp_path, home=str(read_only_disk / "home")), capsys, words)


@pytest.mark.skipif(sys.platform != "linux", reason="It is read from /proc when a process listens for signals.")
@pytest.mark.parametrize(
    ("words", "number", "after"),
    [
        pytest.param(words, number, after, id=f"{' '.join(words)} {number.name} {after}")
        for words, number, after in zip(
            COMMANDS, cycle([signal.SIGINT, signal.SIGTERM]), cycle([0, 0.02, 0.1, 0.2, 0.4]), strict=False
        )
    ],
)
def test_it_is_stopped(words: tuple[str, ...], number: signal.Signals, after: float, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "inbox").mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli", *call(words, tmp_path, home=str(home)), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Where the tests themselves run in the background of a shell, SIGINT is ignored, and so it would be here.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    while process.poll() is None and not _listens(process.pid):
        time.sleep(0.005)
    time.sleep(after)
    if process.poll() is None:
        os.killpg(process.pid, number)
    out, err = process.communicate(timeout=120)
    assert process.returncode in COMMANDS[words].codes
    assert not INTERNAL.search(err), err
    assert [one for one in err.splitlines() if not one.endswith(" ...")] == []
    if process.returncode in {130, 143}:
        assert json.loads(out) == {
            "error": "Stopped.",
            "what_to_do": "What was done so far is safe; run the same command again.",
            "ending": "stopped",
            "exit_code": process.returncode,
        }
    elif out:
        json.loads(out)


def _listens(pid: int) -> bool:
    """Whether a process has an answer of its own to SIGTERM, which Python by itself has not."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    caught = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)
