"""Every query of the analysts' page runs on the demo's release and answers its question."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.release import current_release, open_release

pytestmark = pytest.mark.xdist_group("demo")

PAGE = Path(__file__).parents[2] / "docs" / "analysts.md"
QUESTIONS = re.findall(r"### (\d+)\. ([^\n]+)\n\n```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
# Four clusters and four years, growth from the second on; the first release has no revisions.
ROWS = {1: 16, 2: 12, 3: 12, 4: 10, 5: 16, 7: 16, 8: 16, 10: 0}


def test_there_are_ten_questions() -> None:
    assert [int(number) for number, _, _ in QUESTIONS] == list(range(1, 11))


@pytest.mark.parametrize(("number", "sql"), [(int(number), sql) for number, _, sql in QUESTIONS])
def test_each_query_runs_and_answers(demo_home: Path, number: int, sql: str) -> None:
    with open_release(current_release(Home(demo_home))) as marts:
        rows = marts.execute(sql).fetchall()
    if number in ROWS:
        assert len(rows) == ROWS[number]
    else:
        assert rows
    if rows:
        assert not all(row[-1] is None for row in rows)


def test_the_python_of_the_page_runs_as_it_stands(demo_home: Path, tmp_path: Path) -> None:
    (python,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "var").symlink_to(demo_home)
    done = subprocess.run(
        [sys.executable, "-c", python], cwd=tmp_path, capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"20\d\d-\d\d", done.stdout)) == 16
