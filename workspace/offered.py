"""Commands that are offered for pasting: quoted for the shell, and for the home at hand."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def offered(*words: str, home: Path | None = None) -> str:
    """A call of `returns` that can be pasted; `home` is named where it is not the one that is taken anyway."""
    option = [] if home is None or _is_usual(home) else ["--home", near(home)]
    return shlex.join([_called(), *words[:1], *option, *words[1:]])


def near(path: Path) -> str:
    """A path from here where that is shorter."""
    from_here = os.path.relpath(path)
    return str(path) if from_here.startswith("..") else from_here


def _called() -> str:
    """How the command line is called here: by its name where the shell finds it, else by its path."""
    called = Path(sys.argv[0])
    return "returns" if shutil.which("returns") or called.name != "returns" else near(called.absolute())


def _is_usual(home: Path) -> bool:
    return home.absolute().resolve() == Path(os.environ.get("RETURNS_HOME") or "var").absolute().resolve()
