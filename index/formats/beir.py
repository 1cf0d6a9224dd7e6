"""JSON Lines as BEIR writes a corpus: `_id`, `title`, `text`, and `metadata` with what is known.

Format: https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from index.blocks import field, harmless, headline, one_line, web_address
from index.dates import iso_day
from index.errors import InputError
from index.records import Article

MOST_LINE_BYTES = 10_000_000
MOST_ID_CHARACTERS = 512


def read_beir(lines: BinaryIO) -> Iterator[tuple[int, Article | InputError]]:
    """Yield each line's number, counted from 1, with its article or with what is wrong with it.

    The text is kept as it is, but for control characters replaced one for one, so that answer offsets that
    came with a data set stay true. A line longer than MOST_LINE_BYTES is skipped without being held.
    """
    number = 0
    while line := lines.readline(MOST_LINE_BYTES + 1):
        number += 1
        if len(line) > MOST_LINE_BYTES:
            while line and not line.endswith(b"\n"):
                line = lines.readline(MOST_LINE_BYTES)
            limit = MOST_LINE_BYTES // 1_000_000
            yield number, InputError(f"is longer than {limit} MB: split this article into several lines")
        elif line.strip():
            try:
                yield number, _article(line)
            except InputError as error:
                yield number, error


def _article(line: bytes) -> Article:
    try:
        values = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start + 1}): save the file as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON ({one_line(str(error))[:80]}): each line is one JSON object") from error
    if not isinstance(values, dict):
        raise InputError('is not a JSON object: write {"_id": ..., "title": ..., "text": ...}')
    return article_of(values)


def article_of(values: Mapping[str, Any]) -> Article:
    """Return the article that a line or row holds. Raises InputError where it has no id or no words."""
    article_id = one_line(values.get("_id"))
    text = values.get("text", "")
    if not article_id:
        raise InputError('has no "_id": give each article an id of its own')
    if len(article_id) > MOST_ID_CHARACTERS:
        raise InputError(f'has an "_id" of over {MOST_ID_CHARACTERS} characters: give it a shorter one')
    if not isinstance(text, str):
        raise InputError(f'"text" of "{article_id}" is not a string: write the article\'s text there')
    title = one_line(values.get("title"))
    metadata = values.get("metadata")
    known = metadata if isinstance(metadata, dict) else {}
    body = harmless(text)
    if not body.strip():
        body = title
    if not body:
        raise InputError(f'"{article_id}" has neither text nor title: nothing of it can be found')
    return Article(
        article_id=article_id,
        title=headline(title),
        text=body,
        source=field(known, "source", "publisher"),
        published=iso_day(known.get("date", known.get("published"))),
        author=field(known, "author", "authors"),
        url=web_address(field(known, "url")),
        language=field(known, "language", "lang"),
        verbatim=True,
    )
