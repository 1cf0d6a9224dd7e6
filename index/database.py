"""The SQLite file of a generation: articles, sections, passages, files and settings."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.lexical import RowFilter
from index.names import people_in
from index.records import Article, Dropped, Heading, Passage, Section
from index.wording import count_of

SCHEMA = """
CREATE TABLE articles (
    article INTEGER PRIMARY KEY, article_id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, text TEXT NOT NULL,
    headings TEXT NOT NULL, source TEXT, published TEXT, author TEXT, url TEXT, language TEXT,
    dropped TEXT NOT NULL, digest TEXT NOT NULL, origin TEXT NOT NULL, ingested TEXT NOT NULL,
    read_in INTEGER NOT NULL, title_tells INTEGER);
CREATE INDEX articles_origin ON articles (origin);
CREATE TABLE sections (
    section INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles, heading TEXT NOT NULL,
    kind TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL);
CREATE INDEX sections_article ON sections (article);
CREATE TABLE passages (
    passage INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles,
    section INTEGER NOT NULL REFERENCES sections, ordinal INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, embed_key BLOB, token_start INTEGER, token_count INTEGER);
CREATE INDEX passages_article ON passages (article);
CREATE INDEX passages_embed_key ON passages (embed_key);
CREATE TABLE people (article INTEGER NOT NULL REFERENCES articles, name TEXT NOT NULL, state TEXT NOT NULL);
CREATE INDEX people_article ON people (article);
CREATE TABLE files (origin TEXT PRIMARY KEY, digest TEXT NOT NULL, problems TEXT NOT NULL);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
# An index of an earlier build has no such tables: what was removed by hand and is not to come back with its file, and
# the marks of the paragraphs of articles that may be cut (see `index.repeats`), with what is cut, as JSON.
_LATER = """
CREATE TABLE IF NOT EXISTS removed (
    article_id TEXT NOT NULL, origin TEXT NOT NULL, digest TEXT NOT NULL, day TEXT NOT NULL,
    PRIMARY KEY (article_id, origin));
CREATE TABLE IF NOT EXISTS paragraphs (
    article INTEGER PRIMARY KEY REFERENCES articles, source TEXT NOT NULL, marks BLOB NOT NULL, cuts TEXT);
CREATE INDEX IF NOT EXISTS paragraphs_source ON paragraphs (source);
"""

_ARTICLE_COLUMNS = "article, article_id, title, text, headings, source, published, author, url, language, dropped"


@dataclass(frozen=True)
class Described:
    """What may be counted of a passage: its article's number, source, language and day, and its section's heading."""

    article: int
    source: str | None
    language: str | None
    published: str | None
    heading: str


def create(path: Path) -> sqlite3.Connection:
    """Create the database of a generation that is being built; it is fsynced once, when it is whole."""
    connection = writable(path)
    connection.executescript(SCHEMA)
    return connection


def writable(path: Path) -> sqlite3.Connection:
    """Open the database of a generation that is being built."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;")
    connection.executescript(_LATER)
    return connection


def read_only(path: Path) -> sqlite3.Connection:
    """Open the database of a finished generation: nothing can write to it, any thread may read."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    connection.create_function("casefold", 1, lambda text: text and text.casefold(), deterministic=True)
    return connection


def insert_article(
    connection: sqlite3.Connection,
    article: Article,
    passages: Sequence[Passage],
    *,
    digest: str,
    origin: str,
    ingested: str,
    generation: int,
) -> int:
    """Store an article with its sections and passages, still to be embedded, and return its number."""
    number = connection.execute(
        "INSERT INTO articles (article_id, title, text, headings, source, published, author, url, language,"
        " dropped, digest, origin, ingested, read_in) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            article.article_id,
            article.title,
            article.text,
            _headings_json(article),
            article.source,
            article.published,
            article.author,
            article.url,
            article.language,
            _dropped_json(article),
            digest,
            origin,
            ingested,
            generation,
        ),
    ).lastrowid
    # Captions are not the article's text, but who stands in them is known by name.
    introduced = "\n".join([article.text, *(block.text for block in article.dropped)])
    people = [(number, name, state) for name, state in people_in(introduced)]
    connection.executemany("INSERT INTO people VALUES (?, ?, ?)", people)
    _insert_passages(connection, int(number or 0), passages)
    return int(number or 0)


def replace_text(connection: sqlite3.Connection, number: int, article: Article, passages: Sequence[Passage]) -> None:
    """Give an article another text, cut into other passages; who it introduces and all else stays."""
    for table in ("passages", "sections"):
        connection.execute(f"DELETE FROM {table} WHERE article = ?", (number,))
    connection.execute(
        "UPDATE articles SET text = ?, headings = ?, dropped = ? WHERE article = ?",
        (article.text, _headings_json(article), _dropped_json(article), number),
    )
    _insert_passages(connection, number, passages)


def insert_marks(
    connection: sqlite3.Connection, number: int, source: str, marks: Sequence[int], cuts: str | None
) -> None:
    """Note the marks of an article's paragraphs, unless they are; `cuts` is None where what is cut is not known."""
    blob = np.array(marks, dtype=np.uint64).tobytes()
    connection.execute("INSERT OR IGNORE INTO paragraphs VALUES (?, ?, ?, ?)", (number, source, blob, cuts))


def _insert_passages(connection: sqlite3.Connection, number: int, passages: Sequence[Passage]) -> None:
    sections: dict[Section, int | None] = {}
    for passage in passages:
        section = passage.section
        if section not in sections:
            sections[section] = connection.execute(
                "INSERT INTO sections (article, heading, kind, start, end) VALUES (?,?,?,?,?)",
                (number, section.heading, section.kind, section.start, section.end),
            ).lastrowid
        connection.execute(
            "INSERT INTO passages (passage, article, section, ordinal, start, end) VALUES (?,?,?,?,?,?)",
            (_next_passage(connection), number, sections[section], passage.ordinal, passage.start, passage.end),
        )


def delete_article(connection: sqlite3.Connection, article: int) -> None:
    """Remove an article with its sections and passages."""
    for table in ("passages", "sections", "people", "paragraphs", "articles"):
        connection.execute(f"DELETE FROM {table} WHERE article = ?", (article,))


def inconsistency(connection: sqlite3.Connection, articles: int, passages: int) -> str:
    """Return what is wrong with a database that is to hold so many articles and passages, or nothing."""
    (damage,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if damage != "ok":
        return str(damage)
    for table, expected in (("articles", articles), ("passages", passages)):
        (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        if count != expected:
            return f"holds {count:,} {table}, and the manifest says {expected:,}"
    whole = (
        "SELECT count(*) FROM passages p JOIN sections s USING (section) JOIN articles a ON a.article = p.article"
        " WHERE s.article = p.article AND p.embed_key NOT NULL AND p.token_start NOT NULL AND p.token_count NOT NULL"
        " AND 0 <= p.start AND p.start < p.end"
    )
    (count,) = connection.execute(whole).fetchone()
    if count == passages:
        return ""
    return f"has {count_of(passages - count, 'passage')} without an article, a section or a vector"


def passages_by_number(connection: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, Passage]:
    """Return the passages with these numbers; each article is loaded once."""
    wanted = list(numbers)
    rows = connection.execute(
        "SELECT p.passage, p.article, p.ordinal, p.start, p.end, s.heading, s.kind, s.start, s.end"
        f" FROM passages p JOIN sections s USING (section) WHERE p.passage IN ({_marks(wanted)})",
        wanted,
    ).fetchall()
    articles = _articles(connection, sorted({row[1] for row in rows}))
    return {
        row[0]: Passage(articles[row[1]], Section(row[5], row[6], row[7], row[8]), row[2], row[3], row[4])
        for row in rows
    }


def article_by_id(connection: sqlite3.Connection, article_id: str) -> Article | None:
    """Return the article with that id, or None."""
    row = connection.execute(f"SELECT {_ARTICLE_COLUMNS} FROM articles WHERE article_id = ?", (article_id,)).fetchone()
    return _article(row) if row else None


def article_numbered(connection: sqlite3.Connection, number: int) -> Article:
    """Return the article with that number, which is there."""
    return _articles(connection, [number])[number]


def matching_passages(connection: sqlite3.Connection, rows: RowFilter) -> list[int]:
    """Return the numbers of the passages that pass a filter, in order."""
    conditions: list[str] = []
    values: list[str] = []
    for bound, day in ((">=", rows.since), ("<=", rows.until)):
        if day is not None:
            conditions.append(f"a.published {bound} ?")
            values.append(f"{day // 10000:04}-{day // 100 % 100:02}-{day % 100:02}")
    in_section = "p.section {} (SELECT section FROM sections WHERE casefold(heading) IN ({}))"
    for names, condition in (
        (rows.sources, "casefold(a.source) IN ({})"),
        (rows.without_sources, "coalesce(casefold(a.source), '') NOT IN ({})"),
        (rows.languages, "casefold(a.language) IN ({})"),
        (rows.sections, in_section.format("IN", "{}")),
        (rows.without_sections, in_section.format("NOT IN", "{}")),
    ):
        if names:
            conditions.append(condition.format(_marks(names)))
            values.extend(name.casefold() for name in names)
    where = " AND ".join(conditions) or "1"
    query = f"SELECT p.passage FROM passages p JOIN articles a USING (article) WHERE {where} ORDER BY p.passage"
    return [number for (number,) in connection.execute(query, values)]


def described(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[Described]:
    """Return what may be counted of these passages, once for each section heading of an article."""
    query = (
        "SELECT a.article, a.source, a.language, a.published, s.heading FROM json_each(?) wanted"
        " JOIN passages p ON p.passage = wanted.value JOIN sections s USING (section)"
        " JOIN articles a ON a.article = p.article GROUP BY a.article, s.heading ORDER BY min(wanted.key)"
    )
    return [Described(*row) for row in connection.execute(query, (json.dumps([int(each) for each in numbers]),))]


def languages(connection: sqlite3.Connection) -> list[str]:
    """Return the languages that articles are in, those of most articles first."""
    query = "SELECT language FROM articles WHERE language != '' GROUP BY 1 ORDER BY count(*) DESC, 1"
    return [language for (language,) in connection.execute(query)]


def headings(connection: sqlite3.Connection) -> list[str]:
    """Return the headings of sections, those of most articles first."""
    query = "SELECT heading FROM sections WHERE heading != '' GROUP BY 1 ORDER BY count(DISTINCT article) DESC, 1"
    return [heading for (heading,) in connection.execute(query)]


def pages(connection: sqlite3.Connection, query: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a query, so many at a time; what it reads may be changed between two pages.

    The query selects a number, above 0, first, ends with "number > ? ORDER BY number", and is asked for each page.
    """
    last = 0
    while rows := connection.execute(f"{query} LIMIT ?", (last, size)).fetchall():
        yield rows
        last = rows[-1][0]


def _articles(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, Article]:
    query = f"SELECT {_ARTICLE_COLUMNS} FROM articles WHERE article IN ({_marks(numbers)})"
    return {row[0]: _article(row) for row in connection.execute(query, numbers)}


def _article(row: Sequence[object]) -> Article:
    _, article_id, title, text, headings, source, published, author, url, language, dropped = row
    return Article(
        article_id=str(article_id),
        title=str(title),
        text=str(text),
        headings=tuple(Heading(*mark) for mark in json.loads(str(headings))),
        source=_text(source),
        published=_text(published),
        author=_text(author),
        url=_text(url),
        language=_text(language),
        dropped=tuple(Dropped(*block) for block in json.loads(str(dropped))),
    )


def _headings_json(article: Article) -> str:
    return json.dumps([(mark.start, mark.end, mark.level) for mark in article.headings])


def _dropped_json(article: Article) -> str:
    return json.dumps([astuple(block)[: 2 if block.at is None else 4] for block in article.dropped])


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _next_passage(connection: sqlite3.Connection) -> int:
    """Return a passage number that no generation before this one, back to the first, has used."""
    (number,) = connection.execute(
        "INSERT INTO settings VALUES ('next_passage', '1')"
        " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING CAST(value AS INTEGER)"
    ).fetchone()
    return int(number)
