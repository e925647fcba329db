"""The Containerfile and compose.yaml, as far as they can be checked without an engine."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture(scope="module")
def services(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]
    return found


def test_our_services_hold_no_privilege(services: dict[str, Any]) -> None:
    ours = {name: one for name, one in services.items() if one.get("image") == "cluster-returns"}
    assert set(ours) >= {"prepare", "daemon", "page"}
    for one in ours.values():
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
    assert [
        port for one in services.values() for port in one.get("ports", ()) if not port.startswith("127.0.0.1:")
    ] == []


def test_what_the_services_start_is_there(services: dict[str, Any], project: Path) -> None:
    for one in services.values():
        command = one.get("command", [])
        if "-m" in command:
            assert importlib.util.find_spec(command[command.index("-m") + 1]) is not None
        if "-w" in command:
            assert (project / command[command.index("-w") + 1]).exists()
        assert set(one.get("depends_on", ())) <= set(services)


def test_secrets_come_from_the_environment_and_are_empty_in_the_example(project: Path) -> None:
    text = (project / "compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"(?mi)^ *\w*(?:password|secret|token)\w*: +(?!\$\{)\S+", text) == []
    example = dict(
        line.split("=", 1)
        for line in (project / "deploy" / "example.env").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    assert {name: value for name, value in example.items() if value} == {"INBOX_FOLDER": "./inbox"}
    # What must be set is named in the example.
    assert set(re.findall(r"\$\{(\w+):\?", text)) <= set(example)


def test_the_image_is_built_from_files_that_are_there_and_runs_as_nobody_in_particular(project: Path) -> None:
    text = (project / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    for what, words in steps:
        if what == "COPY" and "--from" not in words:
            *sources, _ = shlex.split(words)
            assert [source for source in sources if not (project / source).exists()] == []
        if what == "RUN" and "pip install" in words:
            # A step that fails must fail the build.
            assert not re.search(r"\|\| true(?!; })", words)
    assert [words for what, words in steps if what == "USER"] == ["10001"]
    assert "--require-hashes" in text
