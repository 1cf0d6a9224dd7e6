"""What the commands share: their shape, the index option, progress bars, output."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from index.blocks import one_line

DEFAULT_INDEX = "briefings-index"

_Item = TypeVar("_Item")
_STEERING = re.compile("[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Parser(argparse.ArgumentParser):
    """Say in one line what is wrong with a call."""

    def error(self, message: str) -> NoReturn:
        """Print the line and exit with 2."""
        say(f"{self.prog}: {message} (see '{self.prog} --help')")
        raise SystemExit(2)


def command(
    commands: argparse._SubParsersAction[Parser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    *,
    summary: str,
    example: str,
) -> Parser:
    """Add a command whose help has an example."""
    parser = commands.add_parser(name, help=summary, description=summary, epilog=f"example: {example}")
    parser.set_defaults(run=run)
    return parser


def add_index_option(parser: Parser) -> None:
    """Add --index DIR, which every command takes."""
    parser.add_argument(
        "--index",
        type=filled_path,
        default=Path(DEFAULT_INDEX),
        metavar="DIR",
        help=f"index folder (default {DEFAULT_INDEX})",
    )


def a_day(value: str) -> date:
    """Return the day that an option was given."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is no day: write one such as 2023-09-13") from None


def filled(value: str) -> str:
    """Return what an option was given, unless it is empty: a script's unset variable must not go unnoticed."""
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty: give a value, or leave the option out")
    return value


def filled_path(value: str) -> Path:
    """Return a path that an option was given, unless it is empty: Path takes that for the folder one stands in."""
    return Path(filled(value))


def add_rerank_option(parser: Parser) -> None:
    """Add the cross-encoder that a user may name."""
    parser.add_argument(
        "--rerank", type=filled, metavar="MODEL", help="a cross-encoder, by path or name, that orders the best"
    )


def add_reader_option(parser: Parser) -> None:
    """Add the reader that a user may name."""
    parser.add_argument(
        "--reader", type=filled, metavar="MODEL", help="an extractive reader, by path or name, to find what answers"
    )


def say(message: str) -> None:
    """Print one line for the person at the terminal, to stderr."""
    print(one_line(message), file=sys.stderr)  # noqa: T201


def put(line: str) -> None:
    """Print one line of the result, to stdout."""
    print(line)  # noqa: T201


def put_json(values: object) -> None:
    """Print one JSON value on one line, to stdout. What would steer a terminal is escaped; the value is the same."""
    put(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(values, ensure_ascii=False)))


def progress() -> Progress:
    """Return a progress bar on stderr: how much, how fast, how long still. On a pipe nothing is drawn."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[count]}"),
        _Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,  # the bar makes way for the summary
        disable=not sys.stderr.isatty(),
    )


def with_progress(items: Sequence[_Item], what: str) -> Iterator[_Item]:
    """Yield the items, showing how many are done."""
    with progress() as bar:
        task = bar.add_task(what, total=len(items), count="", rated=True)
        for number, item in enumerate(items, start=1):
            yield item
            bar.update(task, completed=number, count=f"{number:,}/{len(items):,}")


class _Rate(ProgressColumn):
    """How many a second, where a count and not bytes is shown."""

    def render(self, task: Task) -> Text:
        if not task.fields["rated"] or not task.speed:
            return Text("")
        return Text(f"{task.speed:,.0f}/s")
