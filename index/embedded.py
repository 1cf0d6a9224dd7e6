"""The vectors of a generation's passages: what an older generation or the journal has is not embedded again."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence

from index import database
from index.context import series_titles
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
    query = "SELECT passage FROM passages WHERE embed_key IS NULL ORDER BY passage"
    for numbers in database.chunks(connection, query, (), CHUNK):
        for number, text in _texts(connection, numbers):
            key = hashlib.sha256(f"{model_digest}\0{text}".encode()).digest()[:16]
            connection.execute("UPDATE passages SET embed_key = ? WHERE passage = ?", (key, number))


class Embedded:
    """Vector and token bits of each text by its key, from an older generation or from the journal."""

    def __init__(self, previous: Vectors | None, journal: Journal) -> None:
        self._previous = previous
        self._journal = journal
        self._numbers = previous.embed_keys() if previous else {}

    def __contains__(self, key: bytes) -> bool:
        return key in self._numbers or key in self._journal

    def get(self, key: bytes, dimension: int) -> tuple[Vector, Bits]:
        """Return the vector (d,) and the packed token rows (t, ceil(d / 8)) of one text."""
        if self._previous and key in self._numbers:
            number = self._numbers[key]
            (place,) = self._previous.places([number])
            return self._previous.vectors([number])[0], self._previous.token_bits[place.tokens]
        return self._journal.get(key, dimension)

    def dimension(self, connection: sqlite3.Connection) -> int:
        """Return how many numbers the vectors of these passages have; 1 where nobody can know, as there are none."""
        if self._previous:
            return self._previous.manifest.model.dimension
        row = connection.execute("SELECT embed_key FROM passages LIMIT 1").fetchone()
        return len(self._journal.get(row[0], 8)[0]) if row else 1

    def embed_missing(self, connection: sqlite3.Connection, open_encoder: Callable[[], Encoder], show: Show) -> int:
        """Embed the texts that are nowhere yet, into the journal, and return how many they were."""
        rows = connection.execute("SELECT embed_key, min(passage) FROM passages GROUP BY embed_key ORDER BY 2")
        wanted = {key: number for key, number in rows if key not in self}
        keys, numbers = list(wanted), list(wanted.values())
        encoder = open_encoder() if numbers else None
        for first in range(0, len(numbers), CHUNK):
            show(Progress("embedding", first, len(numbers)))
            texts = [text for _, text in _texts(connection, numbers[first : first + CHUNK])]
            if encoder:
                self._journal.add(keys[first : first + CHUNK], encoder.encode(texts, role="document"))
        if numbers:
            show(Progress("embedding", len(numbers), len(numbers)))
        return len(numbers)


def _mark_titles(connection: sqlite3.Connection) -> None:
    """Note which headlines are embedded with their passages; where that changes, embed anew."""
    titles = [title for (title,) in connection.execute("SELECT DISTINCT title FROM articles")]
    series = series_titles(titles)
    rows = connection.execute("SELECT article, title, title_tells FROM articles").fetchall()
    for article, title, tells_before in rows:
        tells = int(bool(title) and title not in series)
        if tells != tells_before:
            connection.execute("UPDATE articles SET title_tells = ? WHERE article = ?", (tells, article))
            connection.execute("UPDATE passages SET embed_key = NULL WHERE article = ?", (article,))


def _texts(connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    marks = ",".join("?" * len(numbers))
    query = f"SELECT passage, title_tells FROM passages JOIN articles USING (article) WHERE passage IN ({marks})"
    tells = dict(connection.execute(query, numbers).fetchall())
    for number, passage in sorted(database.passages_by_number(connection, numbers).items()):
        yield number, embedded_text(passage, with_title=bool(tells[number]))
