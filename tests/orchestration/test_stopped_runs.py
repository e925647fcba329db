"""A run that is stopped at one step after the other, and the same command again until it publishes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from orchestration.cli import main
from tests.orchestration.test_notify import web_server

SAID = "Stopped. What was done so far is safe; run the same command again."


def stopped_at(home: Path, step: str, number: signal.Signals, url: str) -> tuple[int, list[str], list[psutil.Process]]:
    """Run a night until it says that it has come to a step, and send a signal to all its processes.

    Its exit code, what it printed that is no progress, and its children that are still there a moment later.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli", "nightly", "--home", str(home)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"RETURNS_WEBHOOK_URL": url},
        start_new_session=True,
        # Where the tests themselves run in the background of a shell, SIGINT is ignored, and so it would be here.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    assert process.stderr
    for line in process.stderr:
        if line.startswith(step):
            break
    time.sleep(0.5)
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, number)
    told = process.stderr.read().splitlines()
    code = process.wait(timeout=60)
    _, alive = psutil.wait_procs(children, timeout=10)
    return code, [line for line in told if not line.endswith(" ...")], alive


@pytest.mark.long
def test_a_run_stopped_anywhere_is_no_failure_and_the_next_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home of Ada's"
    main(["demo", "--home", str(home)])
    with web_server([]) as (url, received):
        for step, number, code in (
            ("Starting", signal.SIGINT, 130),
            ("Looking into the inbox", signal.SIGTERM, 143),
            ("Building the marts", signal.SIGINT, 130),
        ):
            assert stopped_at(home, step, number, url) == (code, [f"returns: {SAID}"], []), step
    assert received == []
    capsys.readouterr()
    main(["status", "--home", str(home), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [(night["stopped"], night["failure"]) for night in told["nights"]] == [(True, SAID)] * 3
    assert told["going_on"] is None
    with pytest.raises(SystemExit):
        main(["watch", "--home", str(home), "--json"])
    problems = " ".join(json.loads(capsys.readouterr().out)["problems"])
    assert "failed" not in problems
    assert "killed" not in problems
    main(["nightly", "--home", str(home), "--json"])
    assert json.loads(capsys.readouterr().out)["succeeded"]
