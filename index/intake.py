"""Files into the database of the next generation: what is new, changed, gone, or set aside."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from index import database
from index.articles import InputFile, Problem, file_digest, origin_of, read_file, shown, why_unread
from index.blocks import one_line
from index.consent import Agree, check_agreed, few
from index.errors import InputError
from index.passages import CHUNKING_VERSION, passages_of
from index.progress import Progress, Show, silent
from index.records import Article
from index.repeats import article_digest, marks_of

_UNLISTED = "unlisted"  # in the place of a digest


@dataclass
class Counts:
    """How many articles were added, changed, removed and left as they were."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


class Intake:
    """One reading of files below the paths that were named.

    sync: articles of files that are gone from the folders that were named go, too, if `agree` does.
    restore: articles that were removed by their id are taken in again.
    """

    def __init__(
        self,
        files: Sequence[InputFile],
        named: Sequence[Path],
        problems: Iterable[Problem],
        *,
        sync: bool = False,
        restore: bool = False,
        agree: Agree = few,
        show: Show = silent,
    ) -> None:
        self.counts = Counts()
        self.problems = list(problems)
        self._files = files
        self._named = named
        self._sync = sync
        self._restore = restore
        self._agree = agree
        self._show = show
        self._files_changed = False

    def run(self, connection: sqlite3.Connection, number: int) -> bool:
        """Read what changed into the database of a generation; return whether anything did.

        Raises InputError where the index would hold nothing, NotAgreedError.
        """
        (before,) = connection.execute("SELECT count(*) FROM articles").fetchone()
        if self._restore:
            connection.execute("UPDATE files SET digest = '' WHERE origin IN (SELECT origin FROM removed)")
        self._note_unlisted(connection)
        self._read(connection, number)
        if self._sync:
            self._remove_gone(connection, before)
        self._forget_files_gone(connection)
        (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
        if not articles and not before:
            raise InputError(_nothing_read(self.problems))
        counts = self.counts
        return bool(counts.added or counts.changed or counts.removed or self._files_changed)

    def _read(self, connection: sqlite3.Connection, number: int) -> None:
        sizes = array("q", (_size(file.path) for file in self._files))
        total = sum(sizes)
        done = 0
        for file, size in zip(self._files, sizes, strict=True):
            try:
                with file.path.open("rb") as content:
                    self._read_changed(connection, file, content, number, done, total)
            except OSError as error:
                self._set_aside(connection, file, "", [Problem(shown(file.path), why_unread(error))])
            done += size
            self._tell(done, total)

    def _read_changed(
        self, connection: sqlite3.Connection, file: InputFile, content: BinaryIO, number: int, done: int, total: int
    ) -> None:
        digest = f"{CHUNKING_VERSION}:{file_digest(content)}"
        known = connection.execute("SELECT digest, problems FROM files WHERE origin = ?", (file.origin,)).fetchone()
        if known and known[0] == digest:
            self.problems.extend(Problem(*problem) for problem in json.loads(known[1]))
            query = "SELECT count(*) FROM articles WHERE origin = ?"
            self.counts.unchanged += connection.execute(query, (file.origin,)).fetchone()[0]
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
                self._tell(done + content.tell(), total)
        if taken:  # a file that is all bad keeps what it held
            self._remove_unread(connection, file, number)
        self._set_aside(connection, file, digest, problems)

    def _note_unlisted(self, connection: sqlite3.Connection) -> None:
        """Keep for 'status' what could not be listed, and forget what was not and now is, or is gone."""
        now = {
            (problem.origin, _UNLISTED, json.dumps([(problem.where, problem.reason)]))
            for problem in self.problems
            if problem.origin
        }
        roots = roots_of(self._named)
        rows = connection.execute("SELECT * FROM files WHERE digest = ?", (_UNLISTED,)).fetchall()
        before = {row for row in rows if is_below(row[0], roots)}
        connection.executemany("DELETE FROM files WHERE origin = ?", [row[:1] for row in before - now])
        connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", now - before)
        self._files_changed |= now != before

    def _tell(self, done: int, total: int) -> None:
        counts = self.counts
        self._show(Progress("reading", done, total, counts.added + counts.changed + counts.unchanged))

    def _set_aside(
        self, connection: sqlite3.Connection, file: InputFile, digest: str, problems: Sequence[Problem]
    ) -> None:
        self.problems.extend(problems)
        if any(problem.passes for problem in problems):
            digest = ""  # it is tried again by the next run, though it is the same
        listed = json.dumps([(problem.where, problem.reason) for problem in problems])
        row = (file.origin, digest, listed)
        if connection.execute("SELECT * FROM files WHERE origin = ?", row[:1]).fetchone() != row:
            self._files_changed = True
            connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", row)

    def _take(self, connection: sqlite3.Connection, file: InputFile, article: Article, number: int) -> Problem | None:
        """Store an article unless the index has it as it is; return what is wrong if its id is taken."""
        explicit = article.article_id != file.article_id or file.path.suffix.lower() == ".jsonl"
        if not explicit:
            article = replace(article, article_id=_free_id(connection, file, article))
        digest = article_digest(article)
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
        if not known and (day := self._removed_on(connection, file, article, digest, explicit=explicit)):
            return Problem(
                shown(file.path), f'holds "{article.article_id}", removed on {day}: to have it again, add --restore'
            )
        if known and known[1] == digest:
            self.counts.unchanged += 1
            query = "UPDATE articles SET read_in = ?, origin = ? WHERE article = ?"
            connection.execute(query, (number, file.origin, known[0]))
            _mark(connection, known[0], article, cuts=None)
            return None
        if known:
            self.counts.changed += 1
            database.delete_article(connection, known[0])
        else:
            self.counts.added += 1
        added = database.insert_article(
            connection,
            article,
            passages_of(article),
            digest=digest,
            origin=file.origin,
            ingested=datetime.now(UTC).isoformat(timespec="seconds"),
            generation=number,
        )
        _mark(connection, added, article)
        return None

    def _removed_on(
        self, connection: sqlite3.Connection, file: InputFile, article: Article, digest: str, *, explicit: bool
    ) -> str | None:
        """Return the day on which this article was removed by hand, if it was and stays so.

        An id that comes from a file's place names the article only there; elsewhere its text does.
        """
        same = "(article_id = ? AND (? OR origin = ?)) OR (digest = ? AND NOT ?)"
        values = (article.article_id, explicit, file.origin, digest, explicit)
        if self._restore:
            connection.execute(f"DELETE FROM removed WHERE {same}", values)
            return None
        row = connection.execute(f"SELECT day FROM removed WHERE {same}", values).fetchone()
        return str(row[0]) if row else None

    def _remove_unread(self, connection: sqlite3.Connection, file: InputFile, number: int) -> None:
        """Remove the articles that this file held and holds no more."""
        gone = connection.execute(
            "SELECT article FROM articles WHERE origin = ? AND read_in != ?", (file.origin, number)
        ).fetchall()
        self._remove(connection, [article for (article,) in gone])

    def _remove(self, connection: sqlite3.Connection, articles: Sequence[int]) -> None:
        for article in articles:
            database.delete_article(connection, article)
        self.counts.removed += len(articles)

    def _remove_gone(self, connection: sqlite3.Connection, before: int) -> None:
        """Remove the articles of files that are gone. Raises NotAgreedError where they are many of those before."""
        gone: list[int] = []
        for origin in self._gone(connection, "SELECT DISTINCT origin FROM articles"):
            rows = connection.execute("SELECT article FROM articles WHERE origin = ?", (origin,)).fetchall()
            gone.extend(article for (article,) in rows)
        check_agreed(self._agree, len(gone), before)
        self._remove(connection, gone)

    def _forget_files_gone(self, connection: sqlite3.Connection) -> None:
        """Forget files that are gone and hold no article."""
        for origin in self._gone(
            connection, "SELECT origin FROM files WHERE origin NOT IN (SELECT origin FROM articles)"
        ):
            connection.execute("DELETE FROM files WHERE origin = ?", (origin,))
            self._files_changed = True

    def _gone(self, connection: sqlite3.Connection, query: str) -> list[str]:
        """Return those of the origins that stood below the paths that were named and are not there now."""
        listed = {file.origin for file in self._files}
        origins = [origin for (origin,) in connection.execute(query).fetchall()]
        roots = roots_of(self._named)
        below = [origin for origin in origins if origin not in listed and is_below(origin, roots)]
        return [origin for origin in below if not _is_there(origin)]


def roots_of(paths: Iterable[Path]) -> frozenset[str]:
    """Return these paths as origins are spelt."""
    # realpath, as Path.resolve raises for a link to itself
    return frozenset(origin_of(Path(os.path.realpath(path))).rstrip("/") for path in paths)


def is_below(origin: str, roots: frozenset[str]) -> bool:
    """Return whether a file is, or is below, one of these roots; there may be thousands, of files that were listed."""
    return origin in roots or any(origin[:at] in roots for at, letter in enumerate(origin) if letter == "/")


def _mark(connection: sqlite3.Connection, number: int, article: Article, cuts: str | None = "[]") -> None:
    """Note an article's paragraphs, from which is learned what its source repeats."""
    if marks := marks_of(article):
        database.insert_marks(connection, number, article.source or "", marks, cuts)


def _free_id(connection: sqlite3.Connection, file: InputFile, article: Article) -> str:
    """Return the id of a file's article: the one it has, else its place, marked where another article has that id."""
    mark = f"~{hashlib.sha256(file.origin.encode()).hexdigest()[:6]}"
    rows = connection.execute("SELECT article_id FROM articles WHERE origin = ?", (file.origin,)).fetchall()
    own = [article_id for (article_id,) in rows if article_id.removesuffix(mark) in file.possible_ids]
    if own:
        return str(own[0])
    holder = connection.execute("SELECT digest FROM articles WHERE article_id = ?", (file.article_id,)).fetchone()
    if holder is None or holder[0] == article_digest(article):
        return file.article_id
    return file.article_id + mark


def _nothing_read(problems: Sequence[Problem]) -> str:
    return f"nothing to index: {listed(problems) or 'the files hold no articles'}"


def listed(problems: Sequence[Problem], most: int = 3) -> str:
    """Return the first of some problems in one line."""
    first = "; ".join(f"{problem.where} {problem.reason}" for problem in problems[:most])
    return f"{first} (and {len(problems) - most:,} more)" if len(problems) > most else first


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
