"""What is written is there whole or not at all, is on the disk before it is relied on, and is its owner's alone."""

from __future__ import annotations

import ast
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from workspace import files

# What is made anew where a power cut took it: nothing but the build folder, and landed sets, whose seal is checked and
# whose folder is written once for all of a batch.
MADE_ANEW = {
    "orchestration/build_load.py",
    "orchestration/build_step.py",
    "orchestration/check_plan.py",
    "orchestration/landing.py",
    "orchestration/remote_inbox.py",
}
OF_OS = ("link", "rename", "renames", "replace", "symlink")
OURS = ("console", "demo", "expectations", "ingestion", "orchestration", "publishing", "reporting", "workspace")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What reaches the disk, in its order: ("sync" or "rename", name)."""
    told: list[tuple[str, str]] = []
    sync, rename = os.fsync, os.replace

    def fsync(handle: int) -> None:
        told.append(("sync", Path(f"/proc/self/fd/{handle}").readlink().name))
        sync(handle)

    def replace(source: str, target: str) -> None:
        rename(source, target)
        told.append(("rename", Path(target).name))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    return told


def test_a_file_is_on_the_disk_before_its_name_and_its_name_before_we_go_on(
    tmp_path: Path, steps: list[tuple[str, str]]
) -> None:
    files.write_atomically(tmp_path / "told.json", b"{}")
    assert (tmp_path / "told.json").read_bytes() == b"{}"
    assert steps == [
        ("sync", f".told.json.{os.getpid()}.unfinished"),
        ("rename", "told.json"),
        ("sync", tmp_path.name),
    ]


def test_folders_that_are_made_are_written_into_those_above_them(tmp_path: Path, steps: list[tuple[str, str]]) -> None:
    files.make_folder(tmp_path / "one" / "two")
    files.make_folder(tmp_path / "one" / "two")
    assert steps == [("sync", tmp_path.name), ("sync", "one")]


def test_a_move_is_written_into_both_folders(tmp_path: Path, steps: list[tuple[str, str]]) -> None:
    (tmp_path / "from" / "thing").mkdir(parents=True)
    (tmp_path / "to").mkdir()
    files.move_into_place(tmp_path / "from" / "thing", tmp_path / "to" / "thing")
    assert steps == [("rename", "thing"), ("sync", "to"), ("sync", "from")]


def test_a_link_moves_in_one_step(tmp_path: Path, steps: list[tuple[str, str]]) -> None:
    for target in ("first", "second"):
        files.point(tmp_path / "current", target)
        assert (tmp_path / "current").readlink() == Path(target)
    assert steps == [("rename", "current"), ("sync", tmp_path.name)] * 2
    assert [one.name for one in tmp_path.iterdir()] == ["current"]


def test_a_second_name_is_never_written_over_another(tmp_path: Path, steps: list[tuple[str, str]]) -> None:
    (tmp_path / "one").write_text("one")
    files.link_into_place(tmp_path / "one", tmp_path / "two")
    assert steps == [("sync", tmp_path.name)]
    with pytest.raises(FileExistsError):
        files.link_into_place(tmp_path / "one", tmp_path / "two")


def test_all_of_a_folder_is_written(tmp_path: Path, steps: list[tuple[str, str]]) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "one.parquet").write_text("1")
    (tmp_path / "link").symlink_to("nowhere")
    files.sync_tree(tmp_path)
    assert sorted(steps) == [("sync", name) for name in sorted([tmp_path.name, "inner", "one.parquet"])]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_attempt_that_fails_leaves_nothing_and_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target = tmp_path / "told.json"
    target.write_text("before")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OSError, match="No space"):
        files.write_atomically(target, b"after")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("told.json", "before")]


def test_a_file_system_that_cannot_write_a_folder_by_itself_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def only_files(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").resolve().is_dir():
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(handle)

    monkeypatch.setattr(os, "fsync", only_files)
    files.write_atomically(tmp_path / "told.json", b"{}")
    assert (tmp_path / "told.json").read_bytes() == b"{}"


def test_what_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        files.write_atomically(tmp_path / "one" / "told.json", b"{}")
        files.keep_private()
        (tmp_path / "plain").write_text("")
    finally:
        os.umask(before)
    modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.rglob("*")}
    assert modes == {"one": 0o700, "told.json": 0o600, "plain": 0o600}


def test_nothing_is_renamed_or_linked_past_the_disk(project: Path) -> None:
    """Every rename goes through `workspace.files`, but for what is made anew where it is lost."""
    found = {
        file.relative_to(project).as_posix()
        for package in OURS
        for file in (project / package).rglob("*.py")
        if any(_renames(ast.parse(file.read_text(encoding="utf-8"))))
    }
    assert found == {"workspace/files.py", *MADE_ANEW}


def _renames(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that rename or link: `replace` of a path has one argument, of a text two, of a date only named ones."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, module = node.func.attr, node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        of_one_path = name in {"replace", "rename"} and len(node.args) == 1 and not node.keywords
        by_module = (module, name) in {("shutil", "move"), *(("os", call) for call in OF_OS)}
        if of_one_path or by_module or name in {"symlink_to", "hardlink_to"}:
            yield node
