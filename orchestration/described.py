"""What every command of `returns` has: `--json`, an example in its help, and exit codes that the help names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

# What the exit codes mean that every command has.
COMMON_CODES: Mapping[int, str] = {
    0: "done",
    2: "something that it needs is missing, damaged or cannot be read",
    4: "the call is wrong, or names what is not there",
    5: "the machine or the program failed: disk, memory, a package, an unexpected error",
    130: "stopped with Ctrl-C",
    143: "stopped by SIGTERM",
}
LOCKED = "somebody else is writing in the home"


class _Described:
    """The end of the help of a command or a group."""

    def __init__(self, *args: Any, examples: Sequence[str], codes: Mapping[int, str], **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.params: list[click.Parameter]
        self.params.append(
            click.Option(
                ["--json", "as_json"], is_flag=True, help="Print JSON for a program instead of text for a person."
            )
        )
        self.examples = tuple(examples)
        self.codes = dict(sorted({**COMMON_CODES, **codes}.items()))

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples and the exit codes, after whatever else the help ends with."""
        super().format_epilog(context, formatter)  # type: ignore[misc]
        with formatter.section("Examples"):
            for example in self.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{example}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in self.codes.items()])


class DescribedCommand(_Described, click.Command):
    """A command with examples and exit codes."""


class DescribedGroup(_Described, click.Group):
    """A command with commands of its own below it, with examples and exit codes."""


def command(
    name: str | None = None, *, examples: Sequence[str], codes: Mapping[int, str] | None = None, **attributes: Any
) -> Callable[[Callable[..., Any]], DescribedCommand]:
    """Make a command of a function, which is given `as_json` beside its own parameters.

    `examples` are whole lines to type; `codes` are the meanings of its exit codes where they differ from the common
    ones.
    """

    def make(function: Callable[..., Any]) -> DescribedCommand:
        return click.command(name, cls=DescribedCommand, examples=examples, codes=codes or {}, **attributes)(function)

    return make


def group(
    *, examples: Sequence[str], codes: Mapping[int, str] | None = None, **attributes: Any
) -> Callable[[Callable[..., Any]], DescribedGroup]:
    """Make a group of a function that does something by itself too, as `command` does."""

    def make(function: Callable[..., Any]) -> DescribedGroup:
        kept = {"invoke_without_command": True, **attributes}
        return click.group(cls=DescribedGroup, examples=examples, codes=codes or {}, **kept)(function)

    return make
