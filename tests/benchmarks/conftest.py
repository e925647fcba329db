"""The run of the demo that other tests read too."""

from __future__ import annotations

from tests.orchestration.conftest import demo_home

__all__ = ["demo_home"]
