"""Whether an index is what was written, and its parts of one mind; and what can be made again from the text.

Opening an index checks most of its bytes (see `index.generations`); this checks all of them, in every generation that
is kept, and that the database, the vectors, the token bits and the lexical indexes of each speak of the same passages.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index import database
from index.build import Base, next_generation
from index.errors import BriefingsError, IndexFolderError
from index.generations import (
    BITS,
    CHECKS,
    DAMAGED,
    Manifest,
    ModelMark,
    clear_leftovers,
    current_generation,
    damaged_files,
    drop,
    existing_generation,
    kept_generations,
    leftovers,
    point_at,
    read_manifest_alone,
    write_lock,
)
from index.journal import NAME as JOURNAL
from index.lexical import Lexical
from index.progress import Show, silent
from index.salvage import can_be_salvaged, salvage
from index.store import Vectors
from index.tokens import checksums
from index.wording import count_of
from index.write import told_as_folder_errors

# What a manifest says of its model, also where its JSON is broken elsewhere.
_MODEL = re.compile(r'"digest": "(?P<digest>[0-9a-f]{64})",\s+"dimension": \d+,\s+"name": "(?P<name>[^"]+)"')
ARTICLES, VECTORS, WHOLES = "articles.sqlite", "vectors.faiss", "articles.faiss"


@dataclass(frozen=True)
class Finding:
    """Something that is broken: where in the index folder, and what it is."""

    where: str
    what: str


@dataclass(frozen=True)
class Diagnosis:
    """What `examine` found: the generations that it looked at, what is broken, and what is only left over."""

    generations: tuple[int, ...]
    findings: tuple[Finding, ...]
    left_over: tuple[str, ...]


@dataclass(frozen=True)
class Repair:
    """What `repair` found, what it did about it, in words, and what is still broken."""

    before: Diagnosis
    did: tuple[str, ...]
    after: Diagnosis


@dataclass(frozen=True)
class _Case:
    """One generation, looked at: whether its text is sound, its vectors too, or all of it."""

    generation: Path
    manifest: Manifest | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return not self.findings

    @property
    def sound_text(self) -> bool:
        return self.manifest is not None and not self._broken(ARTICLES)

    @property
    def readable_text(self) -> bool:
        return can_be_salvaged(self.generation / ARTICLES)

    @property
    def sound_vectors(self) -> bool:
        return self.sound_text and not self._broken(VECTORS) and not self._broken(BITS)

    def _broken(self, name: str) -> bool:
        return any(finding.where == _where(self.generation, name) for finding in self.findings)


def examine(folder: Path | str) -> Diagnosis:
    """Check every generation of an index. Raises IndexFolderError where there is none."""
    target = Path(folder)
    cases = _cases(target)
    findings = [*_pointer_findings(target), *(finding for case in cases for finding in case.findings)]
    return Diagnosis(
        tuple(int(case.generation.name) for case in cases),
        tuple(findings),
        tuple(path.relative_to(target).as_posix() for path in _left_over(target)),
    )


def repair(folder: Path | str, *, progress: Show = silent) -> Repair:
    """Make what is broken again, from the text, in a new generation, or go back to the newest that is whole.

    1. Where the database of the current generation is what was written, all else is made again from it.
    2. Where it is not, but can be read, its articles whose digests are their own are taken over, and the others
       come back when they are indexed again.
    3. Where it cannot be read, the newest generation takes its place of which 1 or 2 holds.

    A generation whose text is damaged is kept under another name; other damaged ones are dropped.

    Raises IndexFolderError where no generation has its text, ModelError where texts have to be embedded again and the
    model is not there.
    """
    target = Path(folder)
    before = examine(target)
    did: list[str] = []
    with write_lock(target), told_as_folder_errors(target):
        clear_leftovers(target)
        cases = _cases(target)
        if before.findings:
            did.extend(_mend(target, cases, progress))
    return Repair(before, tuple(did), examine(target))


def _mend(folder: Path, cases: list[_Case], show: Show) -> Iterator[str]:
    best = next((case for case in cases if case.sound_text or case.readable_text), None)
    if best is None:
        raise IndexFolderError(f"no generation of {folder} has a text to read: index the articles into a new folder")
    number = int(best.generation.name)
    worse = cases[: cases.index(best)] + ([] if best.sound_text else [best])
    if best.sound:
        point_at(folder, best.generation)
        yield f"made generation {number} the current one"
    else:
        made, embedded, taken_out = _rebuild(folder, best, cases, show)
        again = f"{count_of(embedded, 'passage')} embedded again"
        yield f"made generation {made} from the text of generation {number}: {again}"
        yield from taken_out
    if worse and best not in worse:
        yield f"index again what came after generation {number}"
    for case in cases:
        if case.sound or not case.generation.exists():
            continue
        lost = f"generation {int(case.generation.name)}, which is damaged"
        if case in worse:
            aside = case.generation.with_name(case.generation.name + DAMAGED)
            case.generation.rename(aside)
            yield f"set aside {lost}, as {aside}: delete it when you do not need it"
        else:
            drop([case.generation])
            yield f"dropped {lost}"


def _rebuild(folder: Path, case: _Case, cases: list[_Case], show: Show) -> tuple[int, int, list[str]]:
    """Make a generation of the text of a damaged one, with vectors from where they are sound."""
    mark = _mark(case, cases)
    source = next((each for each in (case, *cases) if each.sound_vectors and _digest(each) == mark.digest), None)
    vectors = _vectors(folder, source) if source else None
    lost: list[str] = []

    def change(connection: sqlite3.Connection, number: int) -> bool:
        if not case.sound_text:
            lost.extend(salvage(connection, number))
        return True

    try:
        base = Base(case.generation / ARTICLES, mark, vectors)
        manifest, embedded = next_generation(folder, change, base, progress=show)
    finally:
        if vectors:
            vectors.close()
    return (manifest.generation if manifest else 0), embedded, lost


def _vectors(folder: Path, case: _Case) -> Vectors | None:
    if case.manifest is None:
        return None
    # Its token bits have just been read through, and the checksums of their blocks may be what is damaged.
    files = {name: told for name, told in case.manifest.files.items() if name != CHECKS}
    return Vectors(folder, case.generation, replace(case.manifest, files=files))


def _digest(case: _Case) -> str | None:
    return case.manifest.model.digest if case.manifest else None


def _mark(case: _Case, others: list[_Case]) -> ModelMark:
    """Return the model of a generation, which a build checks, or, where its manifest does not tell, of another."""
    if case.manifest:
        return case.manifest.model
    with suppress(OSError):
        told = _MODEL.search((case.generation / "manifest.json").read_text(encoding="utf-8", errors="replace"))
        if told:
            return ModelMark(told["name"], told["digest"], 0)
    for other in others:
        if other.manifest:
            return other.manifest.model
    raise IndexFolderError(f"{case.generation} does not tell its model: index the articles into a new folder")


def _cases(folder: Path) -> list[_Case]:
    """Look at all generations: the current one first, then the others, the newest first."""
    kept = list(reversed(kept_generations(folder)))
    if not kept:
        return [_case(existing_generation(folder))]  # which says what the folder is instead
    try:
        current = current_generation(folder)
    except IndexFolderError:
        current = None
    cases = [_case(path) for path in sorted(kept, key=lambda path: path != current)]
    return [case for case in cases if case.generation.exists()]  # a writer may have dropped one meanwhile


def _case(generation: Path) -> _Case:
    try:
        manifest = read_manifest_alone(generation)
    except IndexFolderError as error:
        return _Case(generation, None, (Finding(_where(generation, "manifest.json"), str(error).partition(":")[0]),))
    findings: list[Finding] = []
    damaged = set(damaged_files(generation, manifest))
    for name in sorted(damaged):
        what = "is not what was written" if (generation / name).is_file() else "is missing"
        findings.append(Finding(_where(generation, name), what))
    if ARTICLES not in damaged:
        findings.extend(_disagreements(generation, manifest, damaged))
    return _Case(generation, manifest, tuple(findings))


def _disagreements(generation: Path, manifest: Manifest, damaged: set[str]) -> Iterator[Finding]:
    """Yield where the parts of a generation speak of different passages; what is damaged is not asked."""
    with closing(database.read_only(generation / ARTICLES)) as connection:
        try:
            problem = database.inconsistency(connection, manifest.articles, manifest.passages)
            articles = _numbers(connection, "SELECT article FROM articles ORDER BY article")
            passages = _numbers(connection, "SELECT passage FROM passages ORDER BY passage")
            tokens = connection.execute("SELECT token_start, token_count FROM passages ORDER BY passage").fetchall()
        except sqlite3.Error as error:
            problem = str(error)
        if problem:
            yield Finding(_where(generation, ARTICLES), problem)
            return
    dimension = manifest.model.dimension
    if BITS not in damaged and not _tiles(tokens, manifest, generation / BITS):
        yield Finding(_where(generation, BITS), "does not hold the tokens that the passages name")
    if CHECKS in manifest.files and not damaged & {BITS, CHECKS} and not _vouches(generation):
        yield Finding(_where(generation, CHECKS), "does not hold the checksums of the token bits")
    for name, numbers in ((VECTORS, passages), (WHOLES, articles)):
        if name not in damaged and (problem := _vectors_problem(generation / name, numbers, dimension)):
            yield Finding(_where(generation, name), problem)
    for name, numbers in (("lexical", passages), ("lexical-articles", articles)):
        if not any(path.startswith(f"{name}/") for path in damaged):
            problem = _lexical_problem(generation / name, numbers)
            if problem:
                yield Finding(_where(generation, name), problem)


def _numbers(connection: sqlite3.Connection, query: str) -> NDArray[np.int64]:
    return np.array([number for (number,) in connection.execute(query)], dtype=np.int64)


def _tiles(tokens: list[tuple[int, int]], manifest: Manifest, path: Path) -> bool:
    end = 0
    for start, count in tokens:
        if start != end or count < 0:
            return False
        end += count
    return end == manifest.tokens and path.stat().st_size == end * ((manifest.model.dimension + 7) // 8)


def _vouches(generation: Path) -> bool:
    return (generation / CHECKS).read_bytes() == checksums(generation / BITS)


def _vectors_problem(path: Path, numbers: NDArray[np.int64], dimension: int) -> str:
    try:
        index: Any = faiss.read_index(str(path))
        held = np.sort(faiss.vector_to_array(index.id_map))
        if index.d != dimension:
            return f"has vectors of {index.d} numbers, and the model has {dimension}"
        if not np.array_equal(held, numbers):
            return f"holds {count_of(len(held), 'vector')}, and not those of the database's {len(numbers):,}"
        if len(numbers) and not np.isfinite(index.reconstruct_batch(numbers)).all():
            return "holds vectors that are no numbers"
    except (RuntimeError, AttributeError) as error:
        return f"cannot be read ({str(error)[:80]})"
    return ""


def _lexical_problem(folder: Path, numbers: NDArray[np.int64]) -> str:
    try:
        held = Lexical(folder).numbers()
    except (BriefingsError, ValueError, OSError) as error:
        return f"cannot be read ({str(error)[:80]})"
    if not np.array_equal(held, numbers):
        return f"holds {count_of(len(held), 'row')}, and not those of the database's {len(numbers):,}"
    return ""


def _pointer_findings(folder: Path) -> Iterator[Finding]:
    try:
        current_generation(folder)
    except IndexFolderError as error:
        yield Finding("CURRENT", str(error).partition(":")[0])
        return
    if not (folder / "CURRENT").exists() and len(kept_generations(folder)) > 1:  # alone, a first build may leave it
        yield Finding("CURRENT", "is missing: the newest generation stands in")


def _left_over(folder: Path) -> list[Path]:
    damaged = sorted((folder / "generations").glob(f"*{DAMAGED}"))
    return [path for path in (*leftovers(folder), *damaged, folder / JOURNAL) if path.exists()]


def _where(generation: Path, name: str) -> str:
    return f"generations/{generation.name}/{name}"
