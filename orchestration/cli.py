"""The command line's way in, and what it says however a command ends.

As little as possible is imported before a Ctrl-C is listened for.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from workspace.errors import Ending
from workspace.stopping import Streams, end_at_once, run_stoppable, speak_last, stop_asked

if TYPE_CHECKING:
    from orchestration.endings import End


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code; whatever goes wrong is said in one line, or as JSON."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    code = run_stoppable(lambda: _run(words), tell=lambda ending, streams: _say_stopped(ending, streams, words))
    if arguments is None:
        end_at_once(code)
    if code:
        sys.exit(code)


def _run(words: list[str]) -> int:
    try:
        from orchestration.commands import returns
        from orchestration.progress import report_to, to_terminal
        from workspace.files import keep_private

        # Also what is written beside a home, such as a table of figures, is for nobody else to read.
        keep_private()
        _print_any_name()
        report_to(to_terminal())
        code = returns.main(args=words, prog_name="returns", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else Ending.GOOD.exit_code
    except BrokenPipeError:
        # Whoever read the output has seen enough of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Ending.GOOD.exit_code
    except BaseException as error:
        end = _end_with_details(error)
        if stop_asked(soon=end.ending is not Ending.WRONG_CALL):
            return Ending.INTERRUPTED.exit_code
        _say(end, words)
        return end.ending.exit_code
    return code if isinstance(code, int) else Ending.GOOD.exit_code


def _end_with_details(error: BaseException) -> End:
    from orchestration.endings import End, end_of, keep_details, needs_details

    if type(error).__module__.startswith("click."):
        return _wrong_call(error)
    end = end_of(error)
    if not needs_details(end):
        return end
    import traceback

    return End(end.ending, end.sentence, end.what_to_do, keep_details("".join(traceback.format_exception(error))))


def _wrong_call(error: BaseException) -> End:
    """What click says of a call that it does not understand, or of a question that nobody answered."""
    import click

    from orchestration.endings import End, stopped

    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "returns"
        return End(Ending.WRONG_CALL, f"{error.format_message().rstrip('.')}.", f"See: {where} --help")
    return stopped(Ending.INTERRUPTED)


def _say_stopped(ending: Ending, streams: Streams, words: Sequence[str]) -> None:
    from orchestration.endings import stopped

    text, is_output = _told(stopped(ending), words)
    if os.isatty(streams.error):
        os.write(streams.error, b"\r\033[K")
    os.write(streams.output if is_output else streams.error, text.encode())


def _say(end: End, words: Sequence[str]) -> None:
    from orchestration.progress import report_done

    report_done()
    text, is_output = _told(end, words)
    stream = sys.stdout if is_output else sys.stderr
    with suppress(KeyboardInterrupt):
        speak_last()
        stream.write(text)
        stream.flush()


def _told(end: End, words: Sequence[str]) -> tuple[str, bool]:
    """How a command ended: to a person in one line, to a program that asked for JSON as that, on standard output."""
    if _wants_json(words):
        return json.dumps(end.data(), indent=2, ensure_ascii=False) + "\n", True
    return f"returns: {end}\n", False


def _wants_json(words: Sequence[str]) -> bool:
    """Whether JSON was asked for, also in a call that cannot be understood."""
    options = words[: words.index("--")] if "--" in words else words
    return "--json" in options


def _print_any_name() -> None:
    """Names of files can hold bytes that no text has: they are printed with a mark in their place."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


if __name__ == "__main__":
    main()
