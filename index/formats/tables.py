"""Tables with named columns (.csv, .parquet): each row is an article.

The columns are named as in a BEIR corpus, or as the data sets in circulation name them; case does not matter.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from index.blocks import one_line
from index.errors import InputError
from index.formats.beir import MOST_LINE_BYTES, article_of
from index.formats.compose import Entry, entry_id
from index.records import Article

COLUMNS = {
    "_id": ("_id", "id", "article_id", "doc_id", "docid", "guid"),
    "title": ("title", "headline"),
    "text": ("text", "body", "content", "article", "full_text"),
    "date": ("date", "published", "published_at", "publish_date", "date_published", "publication_date", "pubdate"),
    "source": ("source", "publisher", "outlet", "publication", "site"),
    "author": ("author", "authors", "byline"),
    "url": ("url", "link", "canonical"),
    "language": ("language", "lang"),
}
ROWS_AT_ONCE = 16  # a text that repeats may be stored once and unpack to any size
_DELIMITERS = (",", ";", "\t", "|")
_DAMAGED = "is a damaged .parquet file: write it again"


def read_csv(content: BinaryIO, file_id: str) -> Iterator[Entry]:
    """Yield each row's article or what is wrong with it; rows are counted from 1 below the names."""
    csv.field_size_limit(MOST_LINE_BYTES)
    number = 0
    try:
        columns, rows = _opened_csv(_lines(content))
        names = _named(columns)
        for row in rows:
            if any(row):
                number += 1
                yield from _entry(dict(zip(columns, row, strict=False)), names, file_id, number)
    except csv.Error as error:
        raise InputError(f"cannot be read behind row {number} ({error}): mend its quotes and line ends") from error


def _opened_csv(lines: Iterator[str]) -> tuple[list[str], Iterator[list[str]]]:
    header = next(lines, "")
    if not header.strip():
        raise InputError("is empty: put the names of the columns in its first line, an article in each row")
    # Spreadsheets write semicolons where the comma parts decimals.
    splits = {delimiter: next(csv.reader([header], delimiter=delimiter)) for delimiter in _DELIMITERS}
    delimiter = max(splits, key=lambda each: len(splits[each]))
    return splits[delimiter], csv.reader(lines, delimiter=delimiter)


def read_parquet(content: BinaryIO, file_id: str) -> Iterator[Entry]:
    """Yield each row's article or what is wrong with it, a few rows at a time."""
    import pyarrow as pa
    from pyarrow import parquet

    number = 0
    try:
        file = parquet.ParquetFile(content)
        names = _named(file.schema_arrow.names)
        columns = [*names.values(), *(["metadata"] if "metadata" in file.schema_arrow.names else [])]
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE, columns=columns, use_threads=False):
            for place in range(batch.num_rows):
                number += 1
                (row,) = batch.slice(place, 1).to_pylist()
                yield from _entry(row, names, file_id, number)
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        TypeError,
        LookupError,
        OverflowError,
        NotImplementedError,
    ) as error:
        raise InputError(f"{_DAMAGED} (read: {number} rows)" if number else _DAMAGED) from error


def _lines(content: BinaryIO) -> Iterator[str]:
    """Yield lines as text, none of them longer than a row of JSON Lines may be."""
    number = 0
    while line := content.readline(MOST_LINE_BYTES + 1):
        number += 1
        if len(line) > MOST_LINE_BYTES:
            raise InputError(f"has a line of over {MOST_LINE_BYTES // 1_000_000} MB: split that article")
        if number == 1 and (line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in line):
            raise InputError("is not CSV in UTF-8: save it as CSV in UTF-8")
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"is not UTF-8 (line {number}): save it as CSV in UTF-8") from error


def _named(columns: Sequence[str]) -> dict[str, str]:
    """Return which column holds what. Raises InputError where none holds the text."""
    own = {one_line(column).lower().replace(" ", "_").replace("-", "_"): column for column in reversed(columns)}
    named = {
        name: next(own[column] for column in known if column in own)
        for name, known in COLUMNS.items()
        if own.keys() & set(known)
    }
    if "text" not in named:
        shown = one_line(", ".join(map(str, columns)))[:200]
        raise InputError(f'has no column "text", "body" or "content", but: {shown}; rename the one with the articles')
    return named


def _entry(row: Mapping[str, Any], names: Mapping[str, str], file_id: str, number: int) -> Iterator[Entry]:
    values = {name: row.get(column) for name, column in names.items()}
    values["text"] = "" if values["text"] is None else values["text"]
    values["_id"] = one_line(values.get("_id")) or entry_id("", file_id, number)
    extra = row.get("metadata")
    values["metadata"] = {**(extra if isinstance(extra, dict) else {}), **_said(values)}
    result: Article | InputError
    try:
        result = article_of(values)
    except InputError as error:
        result = error
    yield f" row {number}", result


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in ("_id", "title", "text") and value}
