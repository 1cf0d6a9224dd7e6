"""The commands for answers that are kept: verify."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from index.store import Store
from search.cli.common import Parser, add_index_option, command, put_json
from search.render import terminal
from search.verify import (
    MOST_BYTES,
    AnswerFileError,
    SavedAnswer,
    saved_answers,
    verified_json,
    verified_text,
    verify_answer,
)


def add_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the commands of this module."""
    parser = command(
        commands,
        "verify",
        _verify,
        summary="Check that the quotes of a saved answer still stand in the articles; exit with 1 where one does not.",
        example="briefings ask 'who fled Karabakh?' --export answer.json && briefings verify answer.json",
    )
    parser.add_argument(
        "answer",
        type=Path,
        metavar="ANSWER.json",
        help="what 'ask --json' printed or '--export FILE.json' wrote; - for stdin",
    )
    parser.add_argument("--json", action="store_true", help="what became of each citation, as one JSON object")
    add_index_option(parser)


def _verify(call: argparse.Namespace) -> int:
    saved = _saved(call.answer)
    with Store.open(call.index) as store:
        found = [verify_answer(answer, store) for answer in saved]
        generation = store.manifest.generation
    holds = all(each.holds for each in found)
    if call.json:
        index = {"path": str(call.index), "generation": generation}
        put_json({"index": index, "holds": holds, "answers": [verified_json(each) for each in found]})
    else:
        terminal().print(verified_text(found))
    return 0 if holds else 1


def _saved(path: Path) -> list[SavedAnswer]:
    try:
        return saved_answers(_content(path))
    except AnswerFileError as error:
        raise AnswerFileError(f"{path} {error}") from error
    except OSError as error:
        raise AnswerFileError(f"{path} cannot be read ({error.strerror}): check the path") from error


def _content(path: Path) -> bytes:
    # One byte more than is read, so that what is too long is seen to be so, a pipe's content too.
    if str(path) == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with path.open("rb") as content:
        return content.read(MOST_BYTES + 1)
