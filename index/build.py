"""Articles in, a new generation out: what did not change is not embedded again.

files -> articles -> what their sources repeat, learned and taken out -> passages -> vectors and token bits
      -> a generation beside the current one -> swap
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index import database
from index.articles import Problem, find_files
from index.consent import Agree, few
from index.embed import encoder_of
from index.embedded import Embedded, write_keys
from index.errors import IndexFolderError, InputError
from index.generations import (
    KEPT,
    Manifest,
    ModelMark,
    current_generation,
    publish,
    read_manifest,
    start_generation,
    write_lock,
)
from index.intake import Intake, listed
from index.journal import NAME as JOURNAL
from index.journal import Journal
from index.learning import Learning
from index.models import DEFAULT_MODEL, Model, find_model
from index.progress import Progress, Show, silent
from index.store import Vectors
from index.write import told_as_folder_errors, write_generation

__all__ = ["BuildReport", "Progress", "build"]

# Changes the database of the next generation, given its number; returns whether there is anything to publish.
Change = Callable[[sqlite3.Connection, int], bool]


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
    cleaned: int = 0  # articles whose text changed by what was learned of their sources


@dataclass(frozen=True)
class Base:
    """What a next generation is made from: articles and their model, and whose vectors need not be made again."""

    articles: Path
    model: ModelMark
    embedded: Vectors | None


def build(
    folder: Path | str,
    paths: Iterable[Path | str],
    *,
    model: str | None = None,
    sync: bool = False,
    restore: bool = False,
    agree: Agree = few,
    keep: int = KEPT,
    progress: Show = silent,
) -> BuildReport:
    """Add the articles below `paths` to the index in `folder`, or bring them up to date.

    1. Read what changed since the last build; a bad file is reported and does not stop the rest.
    2. Learn what sources repeat in article after article, and take it out, as the file of rules has it.
    3. Embed passages whose text no generation and no interrupted build has embedded.
    4. Write a new generation and make it current. Until then readers see the old one, also after a crash.

    sync: the paths are folders, and the articles of files that are gone from them are removed; where these are more
    than MOST_UNASKED of all, `agree` is asked. restore: take in what was removed by hand, too. keep: generations
    that stay on disk.

    Raises InputError where nothing could be read, NotAgreedError, ModelError, and IndexFolderError where the folder
    cannot be written, is written by another process, is damaged, or was built with another model.
    """
    named = [Path(path) for path in paths]
    for path in named:
        if sync and not path.is_dir():  # a disk that is not mounted is not a folder that was emptied
            raise InputError(f"{path} is not a folder that is there: --sync takes folders; nothing was changed")
    files, problems = find_files(named)
    target = Path(folder)
    # With sync, folders that hold nothing any more say something of an index that has their articles.
    if not files and not (sync and named and current_generation(target)):
        raise InputError(listed(problems) or "no path given")
    _check_model(target, model)
    with write_lock(target), told_as_folder_errors(target):
        previous = Vectors.of_current(target)
        intake = Intake(files, named, problems, sync=sync, restore=restore, agree=agree, show=progress)
        learning = Learning(target)

        def change(connection: sqlite3.Connection, number: int) -> bool:
            return learning.run(connection, changed=intake.run(connection, number))

        try:
            manifest, embedded = next_generation(
                target, change, base_of(previous), model=model, keep=keep, progress=progress
            )
            learning.save()
        finally:
            if previous:
                previous.close()
        return _report(intake, learning, manifest or (previous.manifest if previous else None), embedded)


def next_generation(
    folder: Path,
    change: Change,
    base: Base | None,
    *,
    model: str | None = None,
    keep: int = KEPT,
    progress: Show = silent,
) -> tuple[Manifest | None, int]:
    """Make and publish a generation that differs from its base by `change`; the caller holds the write lock.

    Returns its manifest, or None where nothing changed and nothing was made, and how many passages were embedded.
    """
    found = _model_of(folder, base, model)
    number, building = start_generation(folder)
    try:
        with closing(_working_copy(base, building / "articles.sqlite")) as connection:
            connection.execute("BEGIN")
            if not change(connection, number):
                return None, 0
            write_keys(connection, found.digest)
            connection.execute("COMMIT")
            with Journal(folder / JOURNAL) as journal:
                embedded = Embedded(base.embedded if base else None, journal)
                count = embedded.embed_missing(connection, lambda: encoder_of(found), progress)
                mark = ModelMark(found.name, found.digest, embedded.dimension(connection))
                manifest = write_generation(building, number, connection, embedded, mark, progress)
        publish(folder, building, keep=keep)
        journal.delete()
        return manifest, count
    finally:
        if building.exists():
            shutil.rmtree(building)


def base_of(previous: Vectors | None) -> Base | None:
    """Return what follows a generation: its articles, with its vectors."""
    if previous is None:
        return None
    return Base(previous.generation / "articles.sqlite", previous.manifest.model, previous)


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


def _model_of(folder: Path, base: Base | None, model: str | None) -> Model:
    known = base.model if base else None
    found = find_model(model or (known.name if known else DEFAULT_MODEL))
    if known and known.digest != found.digest:
        raise IndexFolderError(
            f"the model {known.name} has changed since {folder} was built: index again into a new folder"
        )
    return found


def _working_copy(base: Base | None, path: Path) -> sqlite3.Connection:
    if base is None:
        return database.create(path)
    shutil.copyfile(base.articles, path)
    return database.writable(path)


def _report(intake: Intake, learning: Learning, manifest: Manifest | None, embedded: int) -> BuildReport:
    passages = manifest.passages if manifest else 0
    return BuildReport(
        generation=manifest.generation if manifest else 0,
        added=intake.counts.added,
        changed=intake.counts.changed,
        removed=intake.counts.removed,
        unchanged=intake.counts.unchanged,
        embedded=embedded,
        reused=passages - embedded,
        articles=manifest.articles if manifest else 0,
        passages=passages,
        problems=(*intake.problems, *(Problem(*problem) for problem in learning.problems)),
        cleaned=learning.cleaned,
    )
