"""An index folder on disk: generations, the pointer to the current one, and its manifest.

    briefings-index/
        CURRENT                     the name of the generation that readers open
        generations/00000007/       complete, never written again
            manifest.json           format, model, counts, and every file's size and digest
            articles.sqlite         articles, sections, passages, files, settings
            vectors.faiss           one unit vector a passage, under the passage's number
            articles.faiss          one unit vector an article, the mean of its passages', under the article's number
            tokens.bits             one row of sign bits a token
            lexical/                tantivy, a row a passage
            lexical-articles/       tantivy, a row an article
        embedded.sqlite             vectors of a build that has not finished
        write.lock                  held by the one process that writes
        write.lock.holder           which process that is, while it writes

A build makes the next generation beside the current one, flushes it to disk and then renames a new CURRENT
over the old: a reader opens the old index or the new one, never something between.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import IndexFolderError

FORMAT = 2
KEPT = 2  # generations kept on disk: the current one and the one that was current before
BUILDING = ".building"


@dataclass(frozen=True)
class ModelMark:
    """The model that an index was built with; queries must be embedded by the same one."""

    name: str
    digest: str
    dimension: int


@dataclass(frozen=True)
class Manifest:
    """What a generation says of itself."""

    generation: int
    created: str  # ISO 8601, UTC
    model: ModelMark
    articles: int
    passages: int
    tokens: int
    files: dict[str, tuple[int, str]]  # name in the generation: bytes, sha256
    format: int = FORMAT


def current_generation(folder: Path) -> Path | None:
    """Return the folder of the generation that readers open, or None where nothing was ever built.

    Raises IndexFolderError where the folder is not an index or its pointer leads nowhere.
    """
    try:
        return _current(folder)
    except OSError as error:  # no leave to look, or a name that is too long
        raise IndexFolderError(
            f"{folder} cannot be read ({error.strerror}): check its permissions or name another with --index"
        ) from error


def _current(folder: Path) -> Path | None:
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise IndexFolderError(f"{folder} is a file, not an index folder: name another with --index")
    pointer = folder / "CURRENT"
    try:
        name = pointer.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        if any(folder.iterdir()) and not (folder / "generations").is_dir():
            raise IndexFolderError(f"{folder} is not an index: name another folder with --index") from None
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexFolderError(f"{pointer} cannot be read: check the folder's permissions") from error
    generation = folder / "generations" / name
    if not name.isdigit() or not generation.is_dir():
        raise IndexFolderError(f"{pointer} names a generation that is not there: index the articles again")
    return generation


def read_manifest(generation: Path) -> Manifest:
    """Read a generation's manifest and check that its files are there, of the size that it says.

    Raises IndexFolderError where one is missing, of another size, or of a newer format.
    """
    try:
        values = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
        form = values["format"]
        if form != FORMAT:
            raise IndexFolderError(
                f"{generation} has index format {form}, and this version reads {FORMAT}:"
                f" {'update briefings' if form > FORMAT else 'index the articles again with --index NEW'}"
            )
        files = {name: (size, digest) for name, (size, digest) in values["files"].items()}
        manifest = Manifest(**{**values, "model": ModelMark(**values["model"]), "files": files})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexFolderError(f"{generation} has no readable manifest: index the articles again") from error
    for name, (size, _) in manifest.files.items():
        path = generation / name
        if not path.is_file() or path.stat().st_size != size:
            raise IndexFolderError(f"{path} is missing or damaged: index the articles again into a new folder")
    return manifest


def write_manifest(generation: Path, manifest: Manifest) -> None:
    """Write a generation's manifest, the last of its files."""
    values = asdict(manifest)
    (generation / "manifest.json").write_text(json.dumps(values, indent=1, sort_keys=True), encoding="utf-8")


def measured_files(generation: Path) -> dict[str, tuple[int, str]]:
    """Return size and sha256 of each file of a generation, by its name inside it."""
    measured: dict[str, tuple[int, str]] = {}
    for path in sorted(generation.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            measured[path.relative_to(generation).as_posix()] = (path.stat().st_size, digest)
    return measured


@contextmanager
def write_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's one write lock; the system gives it back if this process dies.

    Raises IndexFolderError where another process holds it or the folder cannot be written.
    """
    path = folder / "write.lock"
    holder = folder / "write.lock.holder"
    try:
        (folder / "generations").mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        lock.acquire(timeout=0)
    except Timeout:
        who = "another process"
        with suppress(OSError):
            who = holder.read_text(encoding="ascii", errors="replace").strip()
        raise IndexFolderError(f"{folder} is being written by {who}: wait for it to end") from None
    except OSError as error:
        raise IndexFolderError(f"{folder} cannot be written ({error.strerror}): name another with --index") from error
    try:
        with suppress(OSError):  # only a courtesy, and a full disk is told of where it matters
            holder.write_text(f"process {os.getpid()}", encoding="ascii")
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def start_generation(folder: Path) -> tuple[int, Path]:
    """Clear away what dead builds left and return the next generation's number and its empty folder."""
    generations = folder / "generations"
    for leftover in generations.glob(f"*{BUILDING}"):
        shutil.rmtree(leftover)
    numbers = [int(path.name) for path in generations.iterdir() if path.name.isdigit()]
    number = max(numbers, default=0) + 1
    building = generations / f"{number:08}{BUILDING}"
    building.mkdir()
    return number, building


def publish(folder: Path, building: Path) -> Path:
    """Make a finished generation the current one, for good, and drop the oldest beyond KEPT."""
    for path in sorted(building.rglob("*"), reverse=True):
        _flush(path)
    _flush(building)
    generation = building.with_name(building.name.removesuffix(BUILDING))
    building.rename(generation)
    _flush(generation.parent)
    before = current_generation(folder)
    pointer = folder / "CURRENT.new"
    pointer.write_text(f"{generation.name}\n", encoding="ascii")
    _flush(pointer)
    pointer.replace(folder / "CURRENT")
    _flush(folder)
    needed = {generation, before} - {None}
    others = sorted(path for path in generation.parent.iterdir() if path.name.isdigit() and path not in needed)
    for old in others[: max(0, len(others) + len(needed) - KEPT)]:
        shutil.rmtree(old, ignore_errors=True)  # the new one is current, whatever becomes of the old
    return generation


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
