"""The command `briefings`: parse, call, render. Results go to stdout, everything else to stderr.

Exit codes: 0 done; 1 the work failed; 2 the call was wrong.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from index.errors import BriefingsError

if TYPE_CHECKING:
    from search.cli.common import Parser

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # JSON is UTF-8 whatever the terminal's language is
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        call = _parser().parse_args(arguments)
        code = call.run(call)
        sys.stdout.flush()
    except BriefingsError as error:
        from search.question import QuestionError

        _say(f"briefings: {error}")
        code = 2 if isinstance(error, QuestionError) else 1
    except KeyboardInterrupt:
        _say("briefings: interrupted; nothing is lost, run the same command to go on")
        code = 1
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        _say(f"briefings: {error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        code = 1
    sys.exit(code)


def _open_closed_streams() -> None:
    """Give a standard stream that was closed (`>&-`) to nobody, before a file of the index gets its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - as long as the process


def _say(message: str) -> None:
    from search.cli.common import say

    say(message)


def _parser() -> Parser:
    # The commands bring half a second of imports, in which somebody may press Ctrl-C: not when this module is imported.
    from importlib.metadata import version

    from search.cli import asking, indexing, judgements, judging, keeping, serving, tending
    from search.cli.common import Parser

    parser = Parser(
        prog="briefings",
        description="Search news briefings and get the exact sentences that answer, with their sources.",
        epilog="example: briefings index examples/briefings && briefings ask 'what does Russia want from Kim?'",
    )
    parser.add_argument("--version", action="version", version=f"briefings {version('briefings')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for group in (indexing, tending, asking, keeping, judging, judgements, serving):
        group.add_commands(commands)
    return parser
