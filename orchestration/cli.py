"""The command line's way in, and what it says however a command ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import click

from orchestration.commands import returns
from orchestration.one_writer import AnotherNightError
from workspace.errors import PlainError
from workspace.files import keep_private


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; whatever goes wrong is said in one line."""
    # Also what is written beside a home, such as a table of figures, is for nobody else to read.
    keep_private()
    try:
        from orchestration.progress import report_to, to_terminal

        report_to(to_terminal())
        returns.main(args=arguments, prog_name="returns", standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "returns"
        click.echo(f"returns: {error.format_message().rstrip('.')}. See: {where} --help", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("returns: Stopped. What was done so far is safe; run the same command again.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except AnotherNightError as error:
        click.echo(f"returns: {error}", err=True)
        sys.exit(3)
    except Exception as error:
        _explain(error)
        sys.exit(2)


def _explain(error: Exception) -> None:
    """One line for what went wrong; the details of what nobody foresaw go into a file.

    Nothing is imported here: a package that cannot be imported may be what went wrong.
    """
    if isinstance(error, PlainError):
        said = str(error)
    elif _is_full_disk(error):
        said = "The disk is full or failing. What was there before is safe: free some space, then run the same again."
    elif isinstance(error, OSError) and not isinstance(error, ConnectionError):
        what = f"{error.filename or 'A file'} cannot be used: {error.strerror or error}"
        said = f"{what}. Check its permissions and the disk."
    elif isinstance(error, ImportError):
        said = f"A package is missing or damaged: {_in_one_line(error)}. Set up again with: make clean .venv/ready"
        said = f"{said}. {_kept()}"
    elif isinstance(error, MemoryError):
        said = f"The memory does not suffice. Close other programs, or use a larger machine. {_kept()}"
    else:
        said = f"Something went wrong that we did not foresee: {_in_one_line(error)}. Try again; if it stays, send us "
        said += f"the details. {_kept()}"
    click.echo(f"returns: {said}", err=True)


def _is_full_disk(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, comes of a full disk. Each database has words of its own for it."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if any(words in str(error).lower() for words in ("no space left on device", "disk is full", "disk i/o error")):
            return True
        error = error.__cause__ or error.__context__
    return False


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _kept() -> str:
    """Keep the details of the error at hand in a file, and say where."""
    import tempfile
    import traceback

    try:
        with tempfile.NamedTemporaryFile("w", prefix="returns-", suffix=".log", delete=False, errors="replace") as log:
            log.write(traceback.format_exc())
    except OSError as error:
        return f"Details could not be written: {error.strerror or error}."
    return f"Details: {log.name}"


if __name__ == "__main__":
    main()
