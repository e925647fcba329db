"""One small release for all tests of reports."""

from __future__ import annotations

import pytest

from reporting.figures import Figures
from tests.reporting.small_release import make_release


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    return make_release(tmp_path_factory.mktemp("release"))
