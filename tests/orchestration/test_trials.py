"""The small inputs on which an earlier version failed do no harm: the run publishes, whatever becomes of each file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.receipts import landed_count
from orchestration.refused import refusals
from tests.orchestration.conftest import Returns

FOLDERS = ("returns", "names", "reading")


@pytest.mark.long
def test_every_trial_is_received_and_the_run_publishes(shared: Path, returns: Returns, tmp_path: Path) -> None:
    trials = shared / "trials"
    if not trials.is_dir():
        pytest.skip("the folder `shared/trials` is absent")
    home = Home(tmp_path / "home")
    for folder in FOLDERS:
        target = home.inbox / folder
        target.mkdir(parents=True)
        for file in sorted([*(trials / folder).glob("*.xlsx"), *(trials / folder).glob("*.csv")]):
            shutil.copy2(file, target / file.name)
    sent = sorted(file.relative_to(home.inbox).as_posix() for file in home.inbox.rglob("*.*"))
    run = returns("nightly", "--home", home.folder, "--as-of", "2026-11-28")
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    refused = {one.receipt.file_name: one.refusal.message for one in refusals(home)}
    assert landed_count(home) + len(refused) == len(sent) > 20
    early = refused["returns/year-not-open.xlsx"]
    assert early == "2026-27 opens on 1 April 2027. This return was sent before."
