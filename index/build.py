"""Articles in, a new generation out: what did not change is not embedded again.

files -> articles -> passages -> vectors and token bits -> a generation beside the current one -> swap
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

import faiss
import numpy as np
from numpy.typing import NDArray

from index import database
from index.articles import InputFile, Problem, file_digest, find_files, origin_of, read_file, shown, why_unread
from index.blocks import one_line
from index.context import series_titles
from index.embed import Encoder, Vector, encoder_of
from index.errors import IndexFolderError, InputError
from index.generations import (
    Manifest,
    ModelMark,
    current_generation,
    measured_files,
    publish,
    read_manifest,
    start_generation,
    write_lock,
    write_manifest,
)
from index.journal import NAME as JOURNAL
from index.journal import Journal
from index.lexical import LexicalRow, write_lexical
from index.models import DEFAULT_MODEL, Model, find_model
from index.passages import embedded_text, passages_of
from index.records import Article
from index.store import Store
from index.tokens import Bits

# Raise this when sections or passages would be cut otherwise: every article is then cut again.
CHUNKING_VERSION = 1
CHUNK = 128  # passages embedded between two commits to the journal, and two steps of a progress bar


@dataclass(frozen=True)
class Progress:
    """How far a build is: a stage, and how much of it is done, in bytes read or in passages."""

    stage: str  # "reading", "embedding" or "writing"
    done: int
    total: int
    articles: int = 0


@dataclass(frozen=True)
class BuildReport:
    """What a build did. `embedded` and `reused` count passages; `generation` is the one now current."""

    generation: int
    added: int
    changed: int
    removed: int
    unchanged: int
    embedded: int
    reused: int
    articles: int
    passages: int
    problems: tuple[Problem, ...]


def _silent(_: Progress) -> None:
    pass


def build(
    folder: Path | str,
    paths: Iterable[Path | str],
    *,
    model: str | None = None,
    progress: Callable[[Progress], None] = _silent,
) -> BuildReport:
    """Add the articles below `paths` to the index in `folder`, or bring them up to date.

    1. Read what changed since the last build; a bad file is reported and does not stop the rest.
    2. Embed passages whose text no generation and no interrupted build has embedded.
    3. Write a new generation and make it current. Until then readers see the old one, also after a crash.

    Raises InputError where nothing could be read, ModelError, and IndexFolderError where the folder cannot
    be written, is written by another process, or was built with another model.
    """
    named = [Path(path) for path in paths]
    files, problems = find_files(named)
    if not files:
        raise InputError("; ".join(f"{problem.where} {problem.reason}" for problem in problems) or "no path given")
    target = Path(folder)
    _check_model(target, model)
    with write_lock(target):
        run = _Build(target, model, progress, problems)
        with _told_as_folder_errors(target):
            return run.run(files, named)


def _check_model(folder: Path, model: str | None) -> None:
    """Fail before anything is read or locked where the folder is no index or another model's."""
    generation = current_generation(folder)
    if generation is None or model is None:
        return
    mark = read_manifest(generation).model
    if model != mark.name and find_model(model).digest != mark.digest:
        raise IndexFolderError(
            f"{folder} was built with the model {mark.name}: leave out --model, or name another folder with --index"
        )


@contextmanager
def _told_as_folder_errors(folder: Path, *more_kinds: type[Exception]) -> Iterator[None]:
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


class _Build:
    """One run over the files: the state that its three stages share."""

    def __init__(
        self, folder: Path, model: str | None, progress: Callable[[Progress], None], problems: Sequence[Problem]
    ) -> None:
        self.folder = folder
        self.progress = progress
        self.problems = list(problems)
        self.previous = Store.open(folder) if current_generation(folder) else None
        known = self.previous.manifest.model if self.previous else None
        self.model: Model = find_model(model or (known.name if known else DEFAULT_MODEL))
        if known and known.digest != self.model.digest:
            raise IndexFolderError(
                f"the model {known.name} has changed since {folder} was built: index again into a new folder"
            )
        self.added = self.changed = self.removed = self.unchanged = self.embedded = 0
        self.files_changed = False

    def run(self, files: Sequence[InputFile], named: Sequence[Path]) -> BuildReport:
        number, building = start_generation(self.folder)
        try:
            connection = self._working_copy(building / "articles.sqlite")
            connection.execute("BEGIN")
            self._read(connection, files, number)
            self._forget_files_gone(connection, files, named)
            (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
            if not articles:
                raise InputError(_nothing_read(self.problems))
            if not (self.added or self.changed or self.removed or self.files_changed):
                return self._report(self.previous.manifest if self.previous else None)
            self._mark_titles(connection)
            self._write_keys(connection)
            connection.execute("COMMIT")
            with Journal(self.folder / JOURNAL) as journal:
                self._embed(connection, journal)
                manifest = self._write(connection, journal, building, number)
            publish(self.folder, building)
            journal.delete()
            return self._report(manifest)
        finally:
            if building.exists():
                shutil.rmtree(building)
            if self.previous:
                self.previous.close()

    def _working_copy(self, path: Path) -> sqlite3.Connection:
        if self.previous is None:
            return database.create(path)
        shutil.copyfile(self.previous.generation / "articles.sqlite", path)
        return database.writable(path)

    # ---- reading -----------------------------------------------------------------------------------

    def _read(self, connection: sqlite3.Connection, files: Sequence[InputFile], number: int) -> None:
        sizes = {file.origin: _size(file.path) for file in files}
        total = sum(sizes.values())
        done = 0
        for file in files:
            try:
                with file.path.open("rb") as content:
                    self._read_changed(connection, file, content, number, done, total)
            except OSError as error:
                self._set_aside(connection, file, "", [Problem(shown(file.path), why_unread(error))])
            done += sizes[file.origin]
            self.progress(Progress("reading", done, total, self.added + self.changed + self.unchanged))

    def _read_changed(
        self, connection: sqlite3.Connection, file: InputFile, content: BinaryIO, number: int, done: int, total: int
    ) -> None:
        digest = f"{CHUNKING_VERSION}:{file_digest(content)}"
        known = connection.execute("SELECT digest, problems FROM files WHERE origin = ?", (file.origin,)).fetchone()
        if known and known[0] == digest:
            self.problems.extend(Problem(*problem) for problem in json.loads(known[1]))
            query = "SELECT count(*) FROM articles WHERE origin = ?"
            self.unchanged += connection.execute(query, (file.origin,)).fetchone()[0]
            return
        problems: list[Problem] = []
        taken = 0
        for count, result in enumerate(read_file(file, content)):
            outcome = self._take(connection, file, result, number) if isinstance(result, Article) else result
            if outcome:
                problems.append(outcome)
            else:
                taken += 1
            if count % 200 == 199:
                self.progress(
                    Progress("reading", done + content.tell(), total, self.added + self.changed + self.unchanged)
                )
        if taken:  # a file that is all bad keeps what it held
            self._remove_unread(connection, file, number)
        self._set_aside(connection, file, digest, problems)

    def _set_aside(
        self, connection: sqlite3.Connection, file: InputFile, digest: str, problems: Sequence[Problem]
    ) -> None:
        self.problems.extend(problems)
        listed = json.dumps([(problem.where, problem.reason) for problem in problems])
        row = (file.origin, digest, listed)
        if connection.execute("SELECT * FROM files WHERE origin = ?", row[:1]).fetchone() != row:
            self.files_changed = True
            connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", row)

    def _take(self, connection: sqlite3.Connection, file: InputFile, article: Article, number: int) -> Problem | None:
        """Store an article unless the index has it as it is; return what is wrong if its id is taken."""
        explicit = article.article_id != file.article_id or file.path.suffix.lower() == ".jsonl"
        if not explicit:
            article = replace(article, article_id=_free_id(connection, file, article))
        digest = _article_digest(article)
        known = connection.execute(
            "SELECT article, digest, read_in, origin FROM articles WHERE article_id = ?", (article.article_id,)
        ).fetchone()
        if known and explicit and known[3] != file.origin and known[1] != digest and _is_there(known[3]):
            holder = one_line(known[3])
            return Problem(
                shown(file.path), f'has the id "{article.article_id}", which {holder} holds: give each article its own'
            )
        if known and known[2] == number and explicit:
            return Problem(
                shown(file.path), f'has the id "{article.article_id}" a second time: give each article its own'
            )
        if known and known[1] == digest:
            self.unchanged += 1
            query = "UPDATE articles SET read_in = ?, origin = ? WHERE article = ?"
            connection.execute(query, (number, file.origin, known[0]))
            return None
        if known:
            self.changed += 1
            database.delete_article(connection, known[0])
        else:
            self.added += 1
        database.insert_article(
            connection,
            article,
            passages_of(article),
            digest=digest,
            origin=file.origin,
            ingested=datetime.now(UTC).isoformat(timespec="seconds"),
            generation=number,
        )
        return None

    def _remove_unread(self, connection: sqlite3.Connection, file: InputFile, number: int) -> None:
        """Remove the articles that this file held and holds no more."""
        gone = connection.execute(
            "SELECT article FROM articles WHERE origin = ? AND read_in != ?", (file.origin, number)
        ).fetchall()
        for (article,) in gone:
            database.delete_article(connection, article)
            self.removed += 1

    def _forget_files_gone(
        self, connection: sqlite3.Connection, files: Sequence[InputFile], named: Sequence[Path]
    ) -> None:
        """Forget files below the paths that were named which are gone and hold no article."""
        listed = {file.origin for file in files}
        # realpath, as Path.resolve raises for a link to itself
        roots = [origin_of(Path(os.path.realpath(path))).rstrip("/") for path in named]
        query = "SELECT origin FROM files WHERE origin NOT IN (SELECT origin FROM articles)"
        for (origin,) in connection.execute(query).fetchall():
            below = any(origin == root or origin.startswith(f"{root}/") for root in roots)
            if below and origin not in listed and not _is_there(origin):
                connection.execute("DELETE FROM files WHERE origin = ?", (origin,))
                self.files_changed = True

    # ---- embedding ---------------------------------------------------------------------------------

    def _mark_titles(self, connection: sqlite3.Connection) -> None:
        """Note which headlines are embedded with their passages; where that changes, embed anew."""
        titles = [title for (title,) in connection.execute("SELECT DISTINCT title FROM articles")]
        series = series_titles(titles)
        rows = connection.execute("SELECT article, title, title_tells FROM articles").fetchall()
        for article, title, tells_before in rows:
            tells = int(bool(title) and title not in series)
            if tells != tells_before:
                connection.execute("UPDATE articles SET title_tells = ? WHERE article = ?", (tells, article))
                connection.execute("UPDATE passages SET embed_key = NULL WHERE article = ?", (article,))

    def _write_keys(self, connection: sqlite3.Connection) -> None:
        query = "SELECT passage FROM passages WHERE embed_key IS NULL ORDER BY passage"
        for numbers in database.chunks(connection, query, (), CHUNK):
            for number, text in self._texts(connection, numbers):
                key = hashlib.sha256(f"{self.model.digest}\0{text}".encode()).digest()[:16]
                connection.execute("UPDATE passages SET embed_key = ? WHERE passage = ?", (key, number))

    def _texts(self, connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
        marks = ",".join("?" * len(numbers))
        query = f"SELECT passage, title_tells FROM passages JOIN articles USING (article) WHERE passage IN ({marks})"
        tells = dict(connection.execute(query, numbers).fetchall())
        for number, passage in sorted(database.passages_by_number(connection, numbers).items()):
            yield number, embedded_text(passage, with_title=bool(tells[number]))

    def _embed(self, connection: sqlite3.Connection, journal: Journal) -> None:
        known = self._known_keys()
        wanted: dict[bytes, int] = {}
        rows = connection.execute("SELECT embed_key, min(passage) FROM passages GROUP BY embed_key ORDER BY 2")
        for key, number in rows:
            if key not in known and key not in journal:
                wanted[key] = number
        encoder: Encoder | None = None
        numbers = list(wanted.values())
        keys = list(wanted)
        for first in range(0, len(numbers), CHUNK):
            self.progress(Progress("embedding", first, len(numbers)))
            encoder = encoder or encoder_of(self.model)
            texts = [text for _, text in self._texts(connection, numbers[first : first + CHUNK])]
            journal.add(keys[first : first + CHUNK], encoder.encode(texts, role="document"))
            self.embedded += len(texts)
        if numbers:
            self.progress(Progress("embedding", len(numbers), len(numbers)))

    def _known_keys(self) -> set[bytes]:
        return set(self.previous.embed_keys()) if self.previous else set()

    # ---- writing -----------------------------------------------------------------------------------

    def _write(self, connection: sqlite3.Connection, journal: Journal, building: Path, number: int) -> Manifest:
        rows = connection.execute("SELECT passage, embed_key FROM passages ORDER BY passage").fetchall()
        places = self.previous.embed_keys() if self.previous else {}
        dimension = self._dimension(journal, rows)
        vectors = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        wholes = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        tokens = 0
        connection.execute("BEGIN")
        with (building / "tokens.bits").open("wb") as bits_file:
            for first in range(0, len(rows), CHUNK):
                self.progress(Progress("writing", first, len(rows)))
                batch = rows[first : first + CHUNK]
                stored = [self._embedded(key, places, journal, dimension) for _, key in batch]
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
        (building / "lexical").mkdir()
        (building / "lexical-articles").mkdir()
        with _told_as_folder_errors(self.folder, RuntimeError, ValueError):  # what FAISS and tantivy raise
            for article, numbers in _passages_by_article(connection):
                whole = mean_direction(vectors.reconstruct_batch(numbers))
                wholes.add_with_ids(whole, np.array([article], dtype=np.int64))
            faiss.write_index(vectors, str(building / "vectors.faiss"))
            faiss.write_index(wholes, str(building / "articles.faiss"))
            write_lexical(building / "lexical", _lexical_rows(connection))
            write_lexical(building / "lexical-articles", _whole_article_rows(connection))
        (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
        connection.execute("VACUUM")  # what was removed is gone from the file, too
        connection.close()
        manifest = Manifest(
            generation=number,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            model=ModelMark(self.model.name, self.model.digest, dimension),
            articles=articles,
            passages=len(rows),
            tokens=tokens,
            files=measured_files(building),
        )
        write_manifest(building, manifest)
        self.progress(Progress("writing", len(rows), len(rows)))
        return manifest

    def _dimension(self, journal: Journal, rows: Sequence[tuple[int, bytes]]) -> int:
        if self.previous:
            return self.previous.manifest.model.dimension
        return len(journal.get(rows[0][1], 8)[0])

    def _embedded(self, key: bytes, places: dict[bytes, int], journal: Journal, dimension: int) -> tuple[Vector, Bits]:
        if self.previous and key in places:
            number = places[key]
            (place,) = self.previous.places([number])
            return self.previous.vectors([number])[0], self.previous.token_bits[place.tokens]
        return journal.get(key, dimension)

    def _report(self, manifest: Manifest | None) -> BuildReport:
        passages = manifest.passages if manifest else 0
        return BuildReport(
            generation=manifest.generation if manifest else 0,
            added=self.added,
            changed=self.changed,
            removed=self.removed,
            unchanged=self.unchanged,
            embedded=self.embedded,
            reused=passages - self.embedded,
            articles=manifest.articles if manifest else 0,
            passages=passages,
            problems=tuple(self.problems),
        )


def _free_id(connection: sqlite3.Connection, file: InputFile, article: Article) -> str:
    """Return the id of a file's article: the one it has, else its place, marked where another article has that id."""
    mark = f"~{hashlib.sha256(file.origin.encode()).hexdigest()[:6]}"
    rows = connection.execute("SELECT article_id FROM articles WHERE origin = ?", (file.origin,)).fetchall()
    own = [article_id for (article_id,) in rows if article_id.removesuffix(mark) in file.possible_ids]
    if own:
        return str(own[0])
    holder = connection.execute("SELECT digest FROM articles WHERE article_id = ?", (file.article_id,)).fetchone()
    if holder is None or holder[0] == _article_digest(article):
        return file.article_id
    return file.article_id + mark


def _article_digest(article: Article) -> str:
    values = (
        CHUNKING_VERSION,
        article.title,
        article.text,
        [(mark.start, mark.end, mark.level) for mark in article.headings],
        (article.source, article.published, article.author, article.url, article.language),
        [(block.rule, block.text) for block in article.dropped],
    )
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


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


def mean_direction(vectors: Vector) -> Vector:
    """Return the unit vector (1, d) between unit vectors (n, d); zeros where they cancel out."""
    mean: Vector = vectors.mean(axis=0, keepdims=True)
    length = float(np.linalg.norm(mean))
    return mean / length if length else mean


def _nothing_read(problems: Sequence[Problem]) -> str:
    first = "; ".join(f"{problem.where} {problem.reason}" for problem in problems[:3])
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
    return f"nothing to index: {first}{more}" if first else "nothing to index: the files hold no articles"


def _is_there(origin: str) -> bool:
    """Return whether a file is where it was; one that cannot be looked at is taken to be there."""
    # The bytes of a name that is not UTF-8 stand in its origin as "\\xe9"; a name may hold that, too.
    spelt = origin.encode()
    as_bytes = re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes.fromhex(found[1].decode()), spelt)
    for name in (spelt, as_bytes):
        try:
            Path(os.fsdecode(name)).stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return True
        return True
    return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
