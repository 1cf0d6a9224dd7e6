"""The files of a generation, written from its database and the vectors of its passages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from index import database
from index.blocks import one_line
from index.embed import Vector
from index.embedded import Embedded
from index.errors import IndexFolderError
from index.flat import FlatReader, FlatWriter
from index.generations import BITS, Manifest, ModelMark, measured_files, write_manifest
from index.lexical import LexicalRow, write_lexical
from index.progress import Progress, Show
from index.tokens import write_checksums

STEP = 128  # passages written between two steps of a progress bar


@contextmanager
def told_as_folder_errors(folder: Path, *more_kinds: type[Exception]) -> Iterator[None]:
    """Turn a full disk and the like into one line about the index folder."""
    kinds: tuple[type[Exception], ...] = (OSError, sqlite3.Error, *more_kinds)
    try:
        yield
    except kinds as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else one_line(str(error))[:160]
        raise IndexFolderError(
            f"{folder} cannot be written ({reason}):"
            " free space or name another folder with --index; the index is as it was"
        ) from error


def write_generation(
    building: Path, number: int, connection: sqlite3.Connection, embedded: Embedded, model: ModelMark, show: Show
) -> Manifest:
    """Write all files of a generation beside its database, the manifest last, and close the database."""
    passages, tokens = _write_vectors(building, connection, embedded, model.dimension, show)
    _write_article_vectors(building, connection, model.dimension)
    with told_as_folder_errors(building.parent.parent, RuntimeError, ValueError):  # what tantivy raises
        for name, rows in (
            ("lexical", _lexical_rows(connection)),
            ("lexical-articles", _whole_article_rows(connection)),
        ):
            (building / name).mkdir()
            write_lexical(building / name, rows)
    (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
    connection.execute("VACUUM")  # what was removed is gone from the file, too
    connection.close()
    manifest = Manifest(
        generation=number,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=model,
        articles=articles,
        passages=passages,
        tokens=tokens,
        files=measured_files(building),
    )
    write_manifest(building, manifest)
    show(Progress("writing", passages, passages))
    return manifest


def _write_vectors(
    building: Path, connection: sqlite3.Connection, embedded: Embedded, dimension: int, show: Show
) -> tuple[int, int]:
    """Write vectors and token bits, note where each passage's bits stand; return how many passages and tokens."""
    (total,) = connection.execute("SELECT count(*) FROM passages").fetchone()
    query = "SELECT passage, embed_key FROM passages WHERE passage > ? ORDER BY passage"
    tokens = 0
    connection.execute("BEGIN")
    with FlatWriter(building / "vectors.faiss", dimension) as vectors, (building / BITS).open("wb") as file:
        for rows in database.pages(connection, query, STEP):
            show(Progress("writing", len(vectors), total))
            stored = [embedded.get(key, dimension) for _, key in rows]
            vectors.add([passage for passage, _ in rows], np.array([vector for vector, _ in stored]))
            for (passage, _), (_, bits) in zip(rows, stored, strict=True):
                connection.execute(
                    "UPDATE passages SET token_start = ?, token_count = ? WHERE passage = ?",
                    (tokens, len(bits), passage),
                )
                file.write(bits.tobytes())
                tokens += len(bits)
    connection.execute("COMMIT")
    write_checksums(building / BITS)
    return total, tokens


def _write_article_vectors(building: Path, connection: sqlite3.Connection, dimension: int) -> None:
    with (
        FlatReader(building / "vectors.faiss") as vectors,
        FlatWriter(building / "articles.faiss", dimension) as wholes,
    ):
        for article, numbers in _passages_by_article(connection):
            wholes.add([article], mean_direction(vectors.read(numbers)))


def mean_direction(vectors: Vector) -> Vector:
    """Return the unit vector (1, d) between unit vectors (n, d); zeros where they cancel out."""
    mean: Vector = vectors.mean(axis=0, keepdims=True)
    length = float(np.linalg.norm(mean))
    return mean / length if length else mean


def _lexical_rows(connection: sqlite3.Connection) -> Iterator[LexicalRow]:
    query = (
        "SELECT p.article, p.passage, p.start, p.end, s.heading FROM passages p JOIN sections s USING (section)"
        " ORDER BY p.passage"
    )
    for article, rows in groupby(connection.execute(query), key=itemgetter(0)):
        title, text, published, source = connection.execute(
            "SELECT title, text, published, source FROM articles WHERE article = ?", (article,)
        ).fetchone()
        day = int(published.replace("-", "")) if published else 0
        for _, passage, start, end, heading in rows:
            yield LexicalRow(passage, title, heading, text[start:end], day, source or "")


def _whole_article_rows(connection: sqlite3.Connection) -> Iterator[LexicalRow]:
    query = "SELECT article, title, text, published, source FROM articles ORDER BY article"
    for article, title, text, published, source in connection.execute(query):
        day = int(published.replace("-", "")) if published else 0
        yield LexicalRow(article, title, "", text, day, source or "")


def _passages_by_article(connection: sqlite3.Connection) -> Iterator[tuple[int, list[int]]]:
    rows = connection.execute("SELECT article, passage FROM passages ORDER BY article, passage")
    for article, together in groupby(rows, key=itemgetter(0)):
        yield article, [passage for _, passage in together]
