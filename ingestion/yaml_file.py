"""A YAML file that somebody wrote by hand, with what is wrong in it said by its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class NotYamlError(ValueError):
    """The file is not YAML in UTF-8; the message says where, and what was found there."""


def read_yaml(file: Path) -> Any:
    """What a file holds.

    Raises NotYamlError where it is not YAML in UTF-8, and OSError where it cannot be read at all.
    """
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise NotYamlError(f"{where}{error.problem or 'it cannot be understood'}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotYamlError("it holds bytes that are no text in UTF-8") from error
    except RecursionError as error:
        raise NotYamlError("its lists lie too deep in one another") from error
