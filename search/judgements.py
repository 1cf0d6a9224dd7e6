"""What people thought of passages and answers, kept beside the index: judgements to a file and back.

    briefings-index-judgements.jsonl        a line a judgement, in the order in which they were made
    briefings-index-judgements.jsonl.lock   held by the one process that appends

Nothing is ever rewritten. A person who changes their mind, or takes a judgement back, adds a line, and the last line of
a person about a thing counts. A line that a killed process left half written is told and costs no other line.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from index.blocks import harmless
from index.errors import InputError
from search.kept import beside, flush_folder, now
from search.results import Answer, Hit

ANONYMOUS = "anonymous"  # who gives no name
MOST_BYTES = 32_000_000  # of the file, some 60,000 judgements
MOST_LINE_BYTES = 256_000
MOST_USER_CHARACTERS = 60
LOCK_SECONDS = 10.0


@dataclass(frozen=True)
class Quote:
    """A quote of an answer that was judged: `text` stood at article_text[start:end] then."""

    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Judgement:
    """What one person thought of one passage, or of an answer, where passage_id is "".

    relevance: 1 relevant or right, 0 not relevant or wrong, None where a judgement is taken back. rank: where the
    passage stood when it was judged. quotes: of the answer; a refusal has none. copies: ids of the passages of other
    articles that print the same, which were one with it on the page. judged_at: ISO 8601, UTC.
    """

    question: str
    relevance: int | None
    user: str
    judged_at: str
    generation: int
    model: str
    rank: int | None = None
    article_id: str = ""
    passage_id: str = ""
    quotes: tuple[Quote, ...] = ()
    copies: tuple[str, ...] = ()

    @property
    def query_id(self) -> str:
        """Return a short id of the question that every machine gives it."""
        return query_id(self.question)

    @property
    def of_answer(self) -> bool:
        """Return whether an answer was judged, and not a passage."""
        return not self.passage_id

    @property
    def thing(self) -> tuple[object, ...]:
        """Return what was judged: this passage for this question, or this answer to it."""
        places = tuple((quote.article_id, quote.start, quote.end) for quote in self.quotes)
        return (self.query_id, self.passage_id, places)


@dataclass(frozen=True)
class Kept:
    """What a file holds: its judgements in order, and the numbers of the lines that are damaged."""

    judgements: tuple[Judgement, ...] = ()
    damaged: tuple[int, ...] = ()


def query_id(question: str) -> str:
    """Return a short id that depends on the words of a question alone, not on the spaces between them."""
    words = " ".join(question.split()).encode("utf-8", "surrogatepass")
    return f"q{hashlib.sha256(words).hexdigest()[:12]}"


def judgements_file(folder: Path) -> Path:
    """Return where the judgements of an index are kept: beside it, under its name."""
    return beside(folder, "judgements")


def judged_hit(question: str, hit: Hit, relevance: int | None, *, user: str, generation: int, model: str) -> Judgement:
    """Return a judgement of a passage, made now."""
    passage = hit.passage
    return Judgement(
        _line(question),
        relevance,
        user_name(user),
        now(),
        generation,
        model,
        rank=hit.rank,
        article_id=passage.article.article_id,
        passage_id=passage.passage_id,
        copies=hit.copies,
    )


def judged_answer(answer: Answer, relevance: int | None, *, user: str, generation: int, model: str) -> Judgement:
    """Return a judgement of an answer or of a refusal, made now."""
    quotes = tuple(
        Quote(each.hit.passage.article.article_id, each.start, each.end, each.quote) for each in answer.citations
    )
    return Judgement(_line(answer.question), relevance, user_name(user), now(), generation, model, quotes=quotes)


def taken_back(judgement: Judgement) -> Judgement:
    """Return the judgement that withdraws another, made now."""
    return replace(judgement, relevance=None, judged_at=now())


def user_name(text: str) -> str:
    """Return a name as it is kept: one harmless line of bounded length; who gives none is anonymous."""
    return _line(text)[:MOST_USER_CHARACTERS].strip() or ANONYMOUS


def counted(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return the judgements that count: the last of each person on each thing, unless it was taken back."""
    last: dict[tuple[object, ...], Judgement] = {}
    for judgement in judgements:
        by_whom = (judgement.user, judgement.thing)
        last.pop(by_whom, None)  # so that the order is that of the last words
        last[by_whom] = judgement
    return [judgement for judgement in last.values() if judgement.relevance is not None]


def add(file: Path, judgement: Judgement) -> None:
    """Append a judgement, on the disk when this returns.

    Raises InputError where it cannot be kept as it is, the file is full, or somebody else holds it for long; OSError
    where it cannot be written.
    """
    line = json.dumps(_values(judgement)).encode("ascii") + b"\n"
    if len(line) > MOST_LINE_BYTES or _parsed(line) != judgement:
        raise InputError("this cannot be judged: its id or its text cannot be written on a line of its own")
    try:
        with FileLock(f"{file}.lock", timeout=LOCK_SECONDS):
            _append(file, line)
    except Timeout as error:
        raise InputError(f"{file} is being written by another process: try again in a moment") from error


def read(file: Path) -> Kept:
    """Read the judgements of a file, none where it is not there; damaged lines are counted and left out.

    Raises InputError where the file cannot be read or is larger than `add` makes any.
    """
    try:
        with file.open("rb") as content:
            lines = content.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return Kept()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): check its permissions") from error
    if len(lines) > MOST_BYTES:
        raise InputError(f"{file} has more than {MOST_BYTES // 1_000_000} MB: move it away to begin anew")
    judgements: list[Judgement] = []
    damaged: list[int] = []
    for number, line in enumerate(lines.split(b"\n"), start=1):
        if line.strip():
            found = _parsed(line)
            judgements += [found] if found else []
            damaged += [] if found else [number]
    return Kept(tuple(judgements), tuple(damaged))


def _append(file: Path, line: bytes) -> None:
    is_new = not file.exists()
    with file.open("ab+") as out:
        size = out.seek(0, os.SEEK_END)
        if size:
            out.seek(-1, os.SEEK_END)
            # A writer that was killed may have left a line without an end: ours stands on its own.
            line = line if out.read(1) == b"\n" else b"\n" + line
        if size + len(line) > MOST_BYTES:
            raise InputError(f"{file} is full ({MOST_BYTES // 1_000_000} MB): move it away to begin anew")
        out.write(line)
        out.flush()
        os.fsync(out.fileno())
    if is_new:
        flush_folder(file.parent)  # the name of a new file is on the disk when its folder is


def _values(judgement: Judgement) -> dict[str, Any]:
    return {"query_id": judgement.query_id, **asdict(judgement)}  # the id is for people: it is never read


def _parsed(line: bytes) -> Judgement | None:
    try:
        values = json.loads(line)
        quotes = tuple(_quote(quote) for quote in values["quotes"])
        found = Judgement(
            question=_text(values["question"]),
            relevance=None if values["relevance"] is None else _number(values["relevance"], 1),
            user=_text(values["user"]),
            judged_at=datetime.fromisoformat(values["judged_at"]).isoformat(timespec="seconds"),
            generation=_number(values["generation"]),
            model=_text(values["model"]),
            rank=None if values["rank"] is None else _number(values["rank"]),
            article_id=_id(values["article_id"]),
            passage_id=_id(values["passage_id"]),
            quotes=quotes,
            copies=tuple(_passage_id(copy) for copy in values.get("copies", ())),  # files of before have none
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if bool(found.article_id) is bool(found.passage_id) else None


def _quote(values: dict[str, Any]) -> Quote:
    text = values["text"]
    if not isinstance(text, str) or not text:
        raise ValueError(text)
    return Quote(_id(values["article_id"]), _number(values["start"]), _number(values["end"]), harmless(text))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or _line(value) != value:
        raise ValueError(value)
    return value


def _id(value: object) -> str:
    """Return an id that a column of a qrels file can hold: on one line, without tabs or spaces at its ends."""
    if not isinstance(value, str) or harmless(value) != value or set(value) & {"\t", "\n"} or value != value.strip():
        raise ValueError(value)
    return value


def _passage_id(value: object) -> str:
    article, _, ordinal = _id(value).rpartition("#")
    if not article or not ordinal.isdecimal():
        raise ValueError(value)
    return f"{article}#{ordinal}"


def _number(value: object, most: int = 2**53) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(value)
    return value


def _line(text: str) -> str:
    return " ".join(harmless(text).split())
