"""Whatever the console reads from the environment is in its documentation."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_variable_of_the_console_is_explained(project: Path) -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in sorted((project / "console").rglob("*.py")))
    read = set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', code)) - {"DJANGO_SETTINGS_MODULE"}
    told = "".join((project / "docs" / name).read_text(encoding="utf-8") for name in ("console.md", "operations.md"))
    assert "RETURNS_OIDC_ISSUER" in read
    assert sorted(name for name in read if f"`{name}`" not in told) == []
