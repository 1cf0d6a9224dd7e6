"""Articles out: a new generation that holds nothing of them, and the older ones dropped where that is asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index import database
from index.build import base_of, next_generation
from index.consent import Agree, check_agreed, few
from index.errors import BriefingsError
from index.generations import DAMAGED, KEPT, drop, existing_generation, kept_generations, write_lock
from index.intake import is_below, roots_of
from index.learning import Learning
from index.progress import Show, silent
from index.store import ArticleRow, Store
from index.write import told_as_folder_errors


class SelectionError(BriefingsError):
    """Raise where what is to be removed names nothing, or something that is not there."""


@dataclass(frozen=True)
class Selection:
    """Which articles to remove: those that meet every condition that is given."""

    ids: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()  # files, or folders of files, that the articles were read from
    sources: tuple[str, ...] = ()  # compared without regard to case
    before: str | None = None  # ISO 8601; an article whose day is unknown is not before any


@dataclass(frozen=True)
class RemovalReport:
    """What went; which generation is current; which older ones still hold what went; which were dropped."""

    generation: int
    removed: tuple[ArticleRow, ...]
    articles: int
    still_held_by: tuple[int, ...]
    dropped: tuple[int, ...]


def matching(store: Store, selection: Selection) -> list[ArticleRow]:
    """Return the articles that a selection names, by their ids. Raises SelectionError where it names nothing."""
    rows = store.article_rows()
    known = {row.article_id for row in rows}
    for article_id in selection.ids:
        if article_id not in known:
            raise SelectionError(f"no article {article_id!r} in {store.folder}: 'search --json' shows article ids")
    sources = {source.casefold() for source in selection.sources}
    for source in selection.sources:
        if source.casefold() not in {(row.source or "").casefold() for row in rows}:
            raise SelectionError(f"no article is from {source!r}: 'briefings status' lists the sources")
    return [row for row in rows if _meets(row, selection, sources)]


def remove(
    folder: Path | str,
    selection: Selection,
    *,
    agree: Agree = few,
    purge: bool = False,
    keep: int = KEPT,
    progress: Show = silent,
) -> RemovalReport:
    """Remove the articles that a selection names, and keep them out when their files are indexed again.

    The new generation holds nothing of their text, in no file. Older generations that are kept for 'rollback' still
    do, until later ones take their places, or now, with `purge`. A reader that has an older generation open keeps it
    until it is closed.

    Raises SelectionError, NotAgreedError where `agree` is asked and does not, and IndexFolderError.
    """
    target = Path(folder)
    existing_generation(target)  # taking the lock would make the folder
    with write_lock(target), told_as_folder_errors(target), Store.open(target) as store:
        gone = matching(store, selection)
        check_agreed(agree, len(gone), store.manifest.articles)

        learning = Learning(target)

        def change(connection: sqlite3.Connection, _: int) -> bool:
            _remove(connection, gone)
            learning.forget(connection)
            return bool(gone)

        manifest, _ = next_generation(target, change, base_of(store), keep=keep, progress=progress)
        if manifest:
            learning.save()
        now = manifest or store.manifest
        dropped = _drop_older(target) if purge else []
        kept = [int(path.name) for path in kept_generations(target)]
        return RemovalReport(
            now.generation,
            tuple(gone),
            now.articles,
            tuple(number for number in kept if number != now.generation) if gone else (),
            tuple(dropped),
        )


def purge(folder: Path | str) -> list[int]:
    """Drop every generation but the current one, for good, and return their numbers."""
    target = Path(folder)
    existing_generation(target)
    with write_lock(target), told_as_folder_errors(target):
        return _drop_older(target)


def _meets(row: ArticleRow, selection: Selection, sources: set[str]) -> bool:
    return (
        (not selection.ids or row.article_id in selection.ids)
        and (not selection.paths or is_below(row.origin, roots_of(selection.paths)))
        and (not sources or (row.source or "").casefold() in sources)
        and (selection.before is None or bool(row.published and row.published < selection.before))
    )


def _remove(connection: sqlite3.Connection, gone: Sequence[ArticleRow]) -> None:
    day = datetime.now(UTC).date().isoformat()
    for row in gone:
        query = "SELECT article, digest FROM articles WHERE article_id = ?"
        article, digest = connection.execute(query, (row.article_id,)).fetchone()
        database.delete_article(connection, article)
        connection.execute(
            "INSERT OR REPLACE INTO removed VALUES (?, ?, ?, ?)", (row.article_id, row.origin, digest, day)
        )
        # Its file is read again, so that what is kept out is listed with what was set aside.
        connection.execute("UPDATE files SET digest = '' WHERE origin = ?", (row.origin,))


def _drop_older(folder: Path) -> list[int]:
    current = existing_generation(folder)
    older = [path for path in kept_generations(folder) if path != current]
    drop([*older, *(folder / "generations").glob(f"*{DAMAGED}")])
    return [int(path.name) for path in older]
