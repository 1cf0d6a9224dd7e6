"""What a damaged database still has whole: each article whose digest is its own, with all else cut from it anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index import database
from index.passages import passages_of
from index.repeats import is_as_stored


def can_be_salvaged(path: Path) -> bool:
    """Return whether a database can be read from end to end, whatever its rows have become."""
    try:
        with closing(database.read_only(path)) as connection:
            return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def salvage(connection: sqlite3.Connection, number: int) -> list[str]:
    """Cut each article that is what was written anew from its text, and take out the others; return why.

    Every file is read again when it is indexed next, so that what was taken out comes back.
    """
    connection.execute(
        "INSERT OR REPLACE INTO settings SELECT 'next_passage', CAST(coalesce(max(passage), 0) AS TEXT) FROM passages"
    )
    for table in ("passages", "sections", "people", "paragraphs"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("UPDATE files SET digest = '', problems = '[]'")
    lost: list[str] = []
    for (article,) in connection.execute("SELECT article FROM articles ORDER BY article").fetchall():
        if not _cut_anew(connection, article, number):
            connection.execute("DELETE FROM articles WHERE article = ?", (article,))
            lost.append(f"article number {article} is damaged and was taken out: index its file again")
    return lost


def _cut_anew(connection: sqlite3.Connection, number: int, generation: int) -> bool:
    query = "SELECT article_id, a.digest, origin, ingested FROM articles a JOIN files USING (origin) WHERE article = ?"
    try:
        row = connection.execute(query, (number,)).fetchone()
        article = database.article_by_id(connection, row[0]) if row else None
        if article is None or not is_as_stored(article, row[1]):
            return False
    except (sqlite3.Error, ValueError, TypeError, KeyError):  # what a changed byte has made of text and JSON
        return False
    connection.execute("DELETE FROM articles WHERE article = ?", (number,))
    _, digest, origin, ingested = row
    database.insert_article(
        connection,
        article,
        passages_of(article),
        digest=digest,
        origin=origin,
        ingested=ingested,
        generation=generation,
    )
    return True
