"""The vectors of a generation's passages: what an older generation or the journal has is not embedded again."""

from __future__ import annotations

import hashlib
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Sequence

from index import database
from index.context import series_shapes, shape
from index.embed import Encoder, Vector
from index.journal import Journal
from index.passages import embedded_text
from index.progress import Progress, Show
from index.store import Vectors
from index.tokens import Bits

CHUNK = 128  # passages embedded between two commits to the journal


def write_keys(connection: sqlite3.Connection, model_digest: str) -> None:
    """Note for each passage which text of it is embedded; passages of the same text have the same key."""
    _mark_titles(connection)
    query = "SELECT passage FROM passages WHERE embed_key IS NULL AND passage > ? ORDER BY passage"
    for rows in database.pages(connection, query, CHUNK):
        for number, text in _texts(connection, [number for (number,) in rows]):
            key = hashlib.sha256(f"{model_digest}\0{text}".encode()).digest()[:16]
            connection.execute("UPDATE passages SET embed_key = ? WHERE passage = ?", (key, number))


class Embedded:
    """Vector and token bits of each text by its key, from an older generation or from the journal."""

    def __init__(self, previous: Vectors | None, journal: Journal) -> None:
        self._previous = previous
        self._journal = journal

    def __contains__(self, key: bytes) -> bool:
        return bool(self._previous and self._previous.has(key)) or key in self._journal

    def get(self, key: bytes, dimension: int) -> tuple[Vector, Bits]:
        """Return the vector (d,) and the packed token rows (t, ceil(d / 8)) of one text."""
        found = self._previous.get(key) if self._previous else None
        return found or self._journal.get(key, dimension)

    def dimension(self, connection: sqlite3.Connection) -> int:
        """Return how many numbers the vectors of these passages have; 1 where nobody can know, as there are none."""
        if self._previous:
            return self._previous.manifest.model.dimension
        row = connection.execute("SELECT embed_key FROM passages LIMIT 1").fetchone()
        return len(self._journal.get(row[0], 8)[0]) if row else 1

    def embed_missing(self, connection: sqlite3.Connection, open_encoder: Callable[[], Encoder], show: Show) -> int:
        """Embed the texts that are nowhere yet, into the journal, and return how many they were."""
        rows = connection.execute("SELECT embed_key, min(passage) FROM passages GROUP BY embed_key ORDER BY 2")
        numbers = array("q", (number for key, number in rows if key not in self))
        if numbers:
            show(Progress("embedding", 0, len(numbers)))  # before the model is loaded, which takes a while
        encoder = open_encoder() if numbers else None
        for first in range(0, len(numbers), CHUNK):
            show(Progress("embedding", first, len(numbers)))
            batch = numbers[first : first + CHUNK].tolist()
            texts = [text for _, text in _texts(connection, batch)]
            if encoder:
                self._journal.add(_keys(connection, batch), encoder.encode(texts, role="document"))
        if numbers:
            show(Progress("embedding", len(numbers), len(numbers)))
        return len(numbers)


def _mark_titles(connection: sqlite3.Connection) -> None:
    """Note which headlines are embedded with their passages; where that changes, embed anew."""
    series = series_shapes(connection)
    query = "SELECT article, title, title_tells FROM articles WHERE article > ? ORDER BY article"
    for rows in database.pages(connection, query, CHUNK):
        for article, title, tells_before in rows:
            tells = int(bool(title) and shape(title) not in series)
            if tells != tells_before:
                connection.execute("UPDATE articles SET title_tells = ? WHERE article = ?", (tells, article))
                connection.execute("UPDATE passages SET embed_key = NULL WHERE article = ?", (article,))


def _keys(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[bytes]:
    """Return the keys of passages, whose numbers ascend."""
    marks = ",".join("?" * len(numbers))
    query = f"SELECT embed_key FROM passages WHERE passage IN ({marks}) ORDER BY passage"
    return [key for (key,) in connection.execute(query, numbers)]


def _texts(connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    marks = ",".join("?" * len(numbers))
    query = f"SELECT passage, title_tells FROM passages JOIN articles USING (article) WHERE passage IN ({marks})"
    tells = dict(connection.execute(query, numbers).fetchall())
    for number, passage in sorted(database.passages_by_number(connection, numbers).items()):
        yield number, embedded_text(passage, with_title=bool(tells[number]))
