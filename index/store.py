"""A finished generation opened for reading: passages, vectors, token bits and the lexical indexes.

Reading changes nothing, and one store serves any number of threads.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import faiss
import numpy as np

from index import database
from index.embed import Vector
from index.errors import BriefingsError, IndexFolderError
from index.flat import FlatReader, Numbers
from index.generations import (
    BITS,
    CHECKS,
    Manifest,
    check_for_reading,
    current_generation,
    existing_generation,
    file_marks,
    generation_numbered,
    mend,
    missing_or_damaged,
    read_manifest,
)
from index.learning import stored_rules
from index.lexical import Lexical, Named, RowFilter
from index.records import Article, Passage
from index.repeats import is_as_stored
from index.rules import Rule
from index.tokens import Bits, TokenRows


@dataclass(frozen=True)
class SourceCount:
    """How many articles one source has; "" is the unknown source."""

    source: str
    articles: int


@dataclass(frozen=True)
class Place:
    """Where a passage stands: its article's number, and its rows in the file of token bits."""

    article: int
    tokens: slice


@dataclass(frozen=True)
class ArticleRow:
    """What is said of an article in a list of many; `origin` is the file that it was read from."""

    article_id: str
    title: str
    source: str | None
    published: str | None
    origin: str


class Vectors:
    """What a generation has embedded, held open: read a text at a time, so that its size costs no memory."""

    def __init__(self, folder: Path, generation: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.generation = generation
        self.manifest = manifest
        try:
            self._database = database.read_only(generation / "articles.sqlite")
            self._database.execute("SELECT count(*) FROM settings").fetchone()  # opening alone reads nothing
            self._stored = FlatReader(generation / "vectors.faiss")
        except (sqlite3.Error, ValueError) as error:
            raise IndexFolderError(f"{generation} is damaged: {mend(folder)}") from error
        self.token_bits = TokenRows(
            generation / BITS,
            rows=manifest.tokens,
            dimension=manifest.model.dimension,
            checked=CHECKS in manifest.files,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files. Generations stay on disk until a later build drops them."""
        self._database.close()
        self._stored.close()
        self.token_bits.close()

    @classmethod
    def of_current(cls, folder: Path) -> Vectors | None:
        """Open what the current generation has embedded, or return None where nothing was ever built.

        The caller holds the write lock. Raises IndexFolderError where the generation is not whole.
        """
        generation = current_generation(folder)
        if generation is None:
            return None
        manifest = read_manifest(generation)
        check_for_reading(generation, manifest)
        return Vectors(folder, generation, manifest)

    def has(self, key: bytes) -> bool:
        """Return whether this generation has embedded the text with that key."""
        return self._row(key) is not None

    def get(self, key: bytes) -> tuple[Vector, Bits] | None:
        """Return the vector (d,) and the packed token rows (t, ceil(d / 8)) of the text with that key, or None."""
        row = self._row(key)
        if row is None:
            return None
        passage, start, count = row
        return self._stored.read([passage])[0], self.token_bits[start : start + count]

    def _row(self, key: bytes) -> tuple[int, int, int] | None:
        query = "SELECT passage, token_start, token_count FROM passages WHERE embed_key = ? LIMIT 1"
        row: tuple[int, int, int] | None = self._database.execute(query, (key,)).fetchone()
        return row


class Store(Vectors):
    """One generation of an index folder, held open."""

    def __init__(self, folder: Path, generation: Path) -> None:
        manifest = read_manifest(generation)
        self._seen = file_marks(generation, manifest)  # before the files are checked and opened
        check_for_reading(generation, manifest)
        super().__init__(folder, generation, manifest)
        try:
            self._vectors = faiss.read_index(str(generation / "vectors.faiss"))
            self._articles = faiss.read_index(str(generation / "articles.faiss"))
        except RuntimeError as error:
            raise IndexFolderError(f"{generation} is damaged: {mend(folder)}") from error
        self.lexical = Lexical(generation / "lexical")
        self.lexical_articles = Lexical(generation / "lexical-articles")

    @classmethod
    def open(cls, folder: Path | str, generation: int | None = None) -> Self:
        """Open the current generation, or an older one that is kept, by its number.

        Raises IndexFolderError where there is none or it is not whole.
        """
        path = Path(folder)
        before: Path | None = None
        while True:
            current = existing_generation(path) if generation is None else generation_numbered(path, generation)
            try:
                return cls(path, current)
            except (OSError, IndexFolderError) as error:
                # A writer may drop a generation while a slow reader opens it; the reader then takes the next.
                if current not in (before, current_generation(path)):
                    before = current
                    continue
                if isinstance(error, IndexFolderError):
                    raise
                raise IndexFolderError(f"{current} cannot be read ({error.strerror}): {mend(path)}") from error

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Check the files again if any changed, by its time or size, or if what reads them fails.

        Raises IndexFolderError where one is not what was written.
        """
        try:
            yield
        except (BriefingsError, KeyboardInterrupt):
            raise
        except BaseException:  # tantivy panics at what it cannot read, and that is no Exception
            self._check_again()
            raise
        if file_marks(self.generation, self.manifest) != self._seen:
            self._check_again()

    def _check_again(self) -> None:
        seen = file_marks(self.generation, self.manifest)
        try:
            check_for_reading(self.generation, self.manifest)
        except IndexFolderError:
            if self.generation.exists():  # or a writer has dropped it, and what is open stays what it was
                raise
        self._seen = seen

    def vouch(self, articles: Iterable[Article]) -> None:
        """Raise IndexFolderError where an article is not the one that was stored: what it says may not be quoted."""
        wanted = {article.article_id: article for article in articles}
        query = "SELECT article_id, digest FROM articles WHERE article_id IN (SELECT value FROM json_each(?))"
        digests = dict(self._database.execute(query, (json.dumps(list(wanted)),)).fetchall())
        for article_id, article in wanted.items():
            if not is_as_stored(article, digests.get(article_id, "")):
                raise missing_or_damaged(self.generation / "articles.sqlite", self.generation)

    def nearest(self, vector: Vector, limit: int, rows: RowFilter) -> tuple[Numbers, Vector]:
        """Return the passages nearest to a unit vector (d,): numbers (n,) and inner products (n,), best first.

        The search is exact; with a filter it looks at the rows that pass and at no others.
        """
        parameters = None
        if rows != RowFilter():
            allowed = self.matching(rows)
            if not len(allowed):
                return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]
        wanted = min(limit, self._vectors.ntotal)
        if not wanted:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        scores, numbers = self._vectors.search(vector[np.newaxis], wanted, params=parameters)
        found = numbers[0] >= 0
        return numbers[0][found], scores[0][found]

    def vectors(self, numbers: Sequence[int] | Numbers) -> Vector:
        """Return the unit vectors (n, d) of these passages."""
        stored: Vector = self._vectors.reconstruct_batch(np.asarray(numbers, dtype=np.int64))
        return stored

    def places(self, numbers: Sequence[int]) -> list[Place]:
        """Return which article each passage stands in, and which rows of `token_bits` are its own."""
        wanted = [int(number) for number in numbers]
        query = (
            "SELECT passage, article, token_start, token_count FROM passages"
            f" WHERE passage IN ({','.join('?' * len(wanted))})"
        )
        places = {
            number: Place(article, slice(start, start + count))
            for number, article, start, count in self._database.execute(query, wanted)
        }
        return [places[number] for number in wanted]

    def embed_keys(self) -> dict[bytes, int]:
        """Return a passage for each text that this generation has embedded, by the text's key."""
        return dict(self._database.execute("SELECT embed_key, passage FROM passages").fetchall())

    def by_words(self, text: str, limit: int, rows: RowFilter, names: Sequence[Named] = ()) -> tuple[Numbers, Vector]:
        """Return the passages that share words with a text: numbers (n,) and BM25 scores (n,), best first.

        What the lexical index does not know of a passage, the database does: its rows are then the only ones scored.
        """
        only = self.matching(rows) if rows.needs_database else None
        return self.lexical.search(text, limit, rows, names, only=only)

    def matching(self, rows: RowFilter) -> Numbers:
        """Return the numbers of the passages that pass a filter, in order."""
        return np.array(database.matching_passages(self._database, rows), dtype=np.int64)

    def article_vectors(self, articles: Sequence[int] | Numbers) -> Vector:
        """Return the unit vectors (n, d) of these articles, each the mean of its passages' vectors."""
        stored: Vector = self._articles.reconstruct_batch(np.asarray(articles, dtype=np.int64))
        return stored

    def passages(self, numbers: Iterable[int]) -> dict[int, Passage]:
        """Return passages by number, each with its section and its article."""
        return database.passages_by_number(self._database, [int(number) for number in numbers])

    def passage_number(self, passage_id: str) -> int | None:
        """Return the number of the passage with that id, or None."""
        article_id, _, ordinal = passage_id.rpartition("#")
        query = "SELECT passage FROM passages JOIN articles USING (article) WHERE article_id = ? AND ordinal = ?"
        row = self._database.execute(query, (article_id, ordinal)).fetchone()
        return int(row[0]) if row else None

    def passage_bits(self, passage_id: str) -> Bits:
        """Return the packed token rows (t, ceil(d / 8)) of a passage. Raises KeyError where there is none."""
        number = self.passage_number(passage_id)
        if number is None:
            raise KeyError(passage_id)
        (place,) = self.places([number])
        return self.token_bits[place.tokens]

    def article_keys(self, numbers: Sequence[int]) -> list[str]:
        """Return the id of the article that each passage stands in."""
        return [article_id for (article_id,) in self._of_passages("article_id", numbers)]

    def days(self, numbers: Sequence[int]) -> list[str | None]:
        """Return the day each passage's article was published, None where that is unknown."""
        return [day for (day,) in self._of_passages("published", numbers)]

    def _of_passages(self, columns: str, numbers: Sequence[int]) -> list[Any]:
        """Return these columns of each passage or its article, in the order of the numbers."""
        wanted = [int(number) for number in numbers]
        marks = ",".join("?" * len(wanted))
        query = f"SELECT passage, {columns} FROM passages JOIN articles USING (article) WHERE passage IN ({marks})"
        found = {number: values for number, *values in self._database.execute(query, wanted)}
        return [found[number] for number in wanted]

    def unknown_ids(self, ids: Iterable[str], kind: Literal["article", "passage"]) -> set[str]:
        """Return those of these article or passage ids that are not in the index."""
        column = "article_id" if kind == "article" else "article_id || '#' || ordinal"
        known = {
            row[0] for row in self._database.execute(f"SELECT {column} FROM passages JOIN articles USING (article)")
        }
        return set(ids) - known

    def title_tells(self, article_id: str) -> bool:
        """Return whether this article's headline stands in front of its passages when they are embedded."""
        query = "SELECT title_tells FROM articles WHERE article_id = ?"
        row = self._database.execute(query, (article_id,)).fetchone()
        return bool(row and row[0])

    def article(self, article_id: str) -> Article | None:
        """Return the article with that id, or None."""
        return database.article_by_id(self._database, article_id)

    def article_rows(self) -> list[ArticleRow]:
        """Return what is said of every article, by their ids."""
        query = "SELECT article_id, title, source, published, origin FROM articles ORDER BY article_id"
        return [ArticleRow(*row) for row in self._database.execute(query)]

    # A generation does not change, and each of these reads a row for every article: they are read once.

    @cached_property
    def _sources(self) -> tuple[SourceCount, ...]:
        query = "SELECT coalesce(source, ''), count(*) FROM articles GROUP BY 1 ORDER BY 2 DESC, 1"
        return tuple(SourceCount(*row) for row in self._database.execute(query))

    @cached_property
    def _date_range(self) -> tuple[str, str] | None:
        first, last = self._database.execute("SELECT min(published), max(published) FROM articles").fetchone()
        return (first, last) if first else None

    @cached_property
    def _languages(self) -> tuple[str, ...]:
        return tuple(database.languages(self._database))

    @cached_property
    def _headings(self) -> tuple[str, ...]:
        return tuple(database.headings(self._database))

    def sources(self) -> list[SourceCount]:
        """Return the sources with their numbers of articles, most first."""
        return list(self._sources)

    def described(self, numbers: Sequence[int] | Numbers) -> list[database.Described]:
        """Return what may be counted of these passages, once for each section heading of an article."""
        return database.described(self._database, list(numbers))

    def languages(self) -> list[str]:
        """Return the languages that articles are in, as far as these are known."""
        return list(self._languages)

    def languages_of(self, article_ids: Iterable[str]) -> dict[str, str | None]:
        """Return the language of each of these articles that is in the index, None where it is unknown."""
        query = "SELECT article_id, language FROM articles WHERE article_id IN (SELECT value FROM json_each(?))"
        return dict(self._database.execute(query, (json.dumps(list(article_ids)),)).fetchall())

    def headings(self) -> list[str]:
        """Return the headings of sections, those of most articles first."""
        return list(self._headings)

    def date_range(self) -> tuple[str, str] | None:
        """Return the first and the last day of the articles whose date is known, or None."""
        return self._date_range

    def people(self) -> list[tuple[str, str]]:
        """Return the leaders that articles introduce and whose they are; of two states the oftener named one."""
        query = "SELECT name, state FROM people GROUP BY name, state ORDER BY name, count(*), state"
        return [(name, state) for name, state in dict(self._database.execute(query).fetchall()).items()]

    def question_headings(self, most: int) -> list[str]:
        """Return questions that stand as section heads, those of the newest articles first."""
        query = (
            "SELECT s.heading FROM sections s JOIN articles a USING (article) WHERE s.kind = 'question'"
            " GROUP BY s.heading ORDER BY max(a.published) DESC, s.heading LIMIT ?"
        )
        return [heading for (heading,) in self._database.execute(query, (most,))]

    def newest_titles(self, most: int) -> list[str]:
        """Return headlines, those of the newest articles first."""
        query = (
            "SELECT title FROM articles WHERE title != '' GROUP BY title ORDER BY max(published) DESC, title LIMIT ?"
        )
        return [title for (title,) in self._database.execute(query, (most,))]

    def rules(self) -> tuple[Rule, ...]:
        """Return the rules, learned and written by hand, that took paragraphs out of the articles."""
        return stored_rules(self._database)

    def problems(self) -> list[tuple[str, str]]:
        """Return what was set aside: where (a file, or a line of one) and why."""
        rows = self._database.execute("SELECT problems FROM files WHERE problems != '[]' ORDER BY origin")
        return [(where, reason) for (text,) in rows for where, reason in json.loads(text)]
