"""Questions and runs as files: BEIR queries in, TREC runs out.

A run has one row a ranked article: question id, Q0, article id, rank, score, tag
(https://github.com/joaopalotti/trectools#file-formats).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from index.dates import iso_day
from index.errors import InputError

RUN_TAG = "briefings"
_TOPIC = re.compile(r"<top>(.*?)</top>", re.IGNORECASE | re.DOTALL)
_TOPIC_FIELDS = re.compile(
    r"<num>\s*(?:Number:)?\s*(?P<id>[^\s<]+).*?<title>\s*(?:Topic:)?\s*(?P<title>[^<]+)", re.IGNORECASE | re.DOTALL
)
_HEADER = re.compile(r"\s*(?:query[-_]?id|qid|_?id)\t\s*(?:text|query|question|title)\s*", re.IGNORECASE)
_SPACE = re.compile(r"\s")


@dataclass(frozen=True)
class Query:
    """A question of a batch, with the id that its results carry, and the day it was asked on where its line says so."""

    query_id: str
    text: str
    asked_on: date | None = None


def read_queries(path: Path) -> list[Query]:
    """Read questions: BEIR JSON Lines (`_id`, `text`), lines of id, tab, text, or TREC topics (`<num>`, `<title>`).

    In JSON Lines, `metadata.date` is the day a question was asked on, from which its "this week" counts.
    Raises InputError where a line is none of these, or an id stands twice.
    """
    lines = text_lines(path)
    if any(line.lstrip().lower().startswith("<top>") for line in lines):
        return _topics(path, "\n".join(lines))
    queries: dict[str, Query] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or (number == 1 and _HEADER.fullmatch(line)):
            continue
        query = _query(line)
        if query is None:
            raise InputError(f'{path} line {number} is no question: write {{"_id": "q1", "text": "..."}}')
        if query.query_id in queries:
            raise InputError(f"{path} line {number} has the id {query.query_id} a second time: give each its own")
        queries[query.query_id] = query
    if not queries:
        raise InputError(f"{path} holds no questions")
    return list(queries.values())


def asked_day(metadata: object) -> date | None:
    """Return the day that a query's metadata says it was asked on, None where it names no day."""
    day = iso_day(metadata.get("date")) if isinstance(metadata, dict) else None
    return date.fromisoformat(day) if day else None


def text_lines(path: Path) -> list[str]:
    """Return the lines of a file of UTF-8 text. Raises InputError where it cannot be read as such."""
    try:
        # Not splitlines: a JSON string may hold other line separators, such as U+2028.
        return path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start + 1}): save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the path") from error


def run_lines(query_id: str, ranked: Iterable[tuple[str, float]]) -> Iterator[str]:
    """Yield the rows of one question; white space in an id is percent-encoded, for it parts the columns."""
    for rank, (article_id, score) in enumerate(ranked, start=1):
        yield f"{run_id(query_id)} Q0 {run_id(article_id)} {rank} {score:.8g} {RUN_TAG}\n"


def _topics(path: Path, text: str) -> list[Query]:
    queries: dict[str, Query] = {}
    for number, topic in enumerate(_TOPIC.findall(text), start=1):
        found = _TOPIC_FIELDS.search(topic)
        if not found:
            raise InputError(f"{path} topic {number} is no question: it needs <num> and <title>")
        if found["id"] in queries:
            raise InputError(f"{path} topic {number} has the id {found['id']} a second time: give each its own")
        queries[found["id"]] = Query(found["id"], " ".join(found["title"].split()))
    if not queries:
        raise InputError(f"{path} holds no topics: each needs <num> and <title>, between <top> and </top>")
    return list(queries.values())


def _query(line: str) -> Query | None:
    if line.lstrip().startswith("{"):
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            return None
        query_id, text = values.get("_id"), values.get("text")
        is_id = isinstance(query_id, str | int) and not isinstance(query_id, bool)
        if is_id and isinstance(text, str) and str(query_id).strip():
            return Query(str(query_id), text, asked_day(values.get("metadata")))
        return None
    query_id, tab, text = line.partition("\t")
    return Query(query_id.strip(), text.strip()) if tab and query_id.strip() else None


def run_id(value: str) -> str:
    """Return an id as a run writes it: white space, which parts the columns, is percent-encoded."""
    return _SPACE.sub(lambda found: f"%{ord(found[0]):02X}", value)
