"""The files of a generation, written from its database and the vectors of its passages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.blocks import one_line
from index.embed import Vector
from index.embedded import Embedded
from index.errors import IndexFolderError
from index.generations import Manifest, ModelMark, measured_files, write_manifest
from index.lexical import LexicalRow, write_lexical
from index.progress import Progress, Show

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
    vectors, tokens = _write_vectors(building, connection, embedded, model.dimension, show)
    with told_as_folder_errors(building.parent.parent, RuntimeError, ValueError):  # what FAISS and tantivy raise
        faiss.write_index(vectors, str(building / "vectors.faiss"))
        faiss.write_index(_article_vectors(connection, vectors, model.dimension), str(building / "articles.faiss"))
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
        passages=vectors.ntotal,
        tokens=tokens,
        files=measured_files(building),
    )
    write_manifest(building, manifest)
    show(Progress("writing", vectors.ntotal, vectors.ntotal))
    return manifest


def _write_vectors(
    building: Path, connection: sqlite3.Connection, embedded: Embedded, dimension: int, show: Show
) -> tuple[faiss.Index, int]:
    """Write token bits, note where each passage's stand, and return the passages' vectors and the count of tokens."""
    rows = connection.execute("SELECT passage, embed_key FROM passages ORDER BY passage").fetchall()
    vectors = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
    tokens = 0
    connection.execute("BEGIN")
    with (building / "tokens.bits").open("wb") as bits_file:
        for first in range(0, len(rows), STEP):
            show(Progress("writing", first, len(rows)))
            batch = rows[first : first + STEP]
            stored = [embedded.get(key, dimension) for _, key in batch]
            vectors.add_with_ids(
                np.array([vector for vector, _ in stored]), np.array([row[0] for row in batch], dtype=np.int64)
            )
            for (passage, _), (_, bits) in zip(batch, stored, strict=True):
                connection.execute(
                    "UPDATE passages SET token_start = ?, token_count = ? WHERE passage = ?",
                    (tokens, len(bits), passage),
                )
                bits_file.write(bits.tobytes())
                tokens += len(bits)
    connection.execute("COMMIT")
    return vectors, tokens


def _article_vectors(connection: sqlite3.Connection, vectors: faiss.Index, dimension: int) -> faiss.Index:
    wholes = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
    for article, numbers in _passages_by_article(connection):
        whole = mean_direction(vectors.reconstruct_batch(numbers))
        wholes.add_with_ids(whole, np.array([article], dtype=np.int64))
    return wholes


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


def _passages_by_article(connection: sqlite3.Connection) -> Iterator[tuple[int, NDArray[np.int64]]]:
    rows = connection.execute("SELECT article, passage FROM passages ORDER BY article, passage").fetchall()
    for article, together in groupby(rows, key=itemgetter(0)):
        yield article, np.array([passage for _, passage in together], dtype=np.int64)
