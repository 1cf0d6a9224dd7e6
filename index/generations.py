"""An index folder on disk: generations, the pointer to the current one, and its manifest.

    briefings-index/
        CURRENT                     the generation that readers open, and its manifest's digest; without it, the newest
        generations/00000007/       complete, never written again
            manifest.json           format, model, counts, every file's size and digest, and its own digest
            articles.sqlite         articles, sections, passages, files, settings
            vectors.faiss           one unit vector a passage, under the passage's number
            articles.faiss          one unit vector an article, the mean of its passages', under the article's number
            tokens.bits             one row of sign bits a token
            tokens.checks           a CRC-32 for each 4 KiB of these
            lexical/                tantivy, a row a passage
            lexical-articles/       tantivy, a row an article
        generations/*.building      being made, or left by a process that died; the next writer clears it away
        generations/*.dropped       being removed, or left likewise
        generations/*.damaged       what `briefings doctor --repair` could not read in full; for a person to look at
        learned-rules.tsv           which paragraphs sources repeat; a person may edit it, the next build reads it
        embedded.sqlite             vectors of a build that has not finished
        write.lock                  held by the one process that writes
        write.lock.holder           which process that is, while it writes

A build makes the next generation beside the current one, flushes it to disk and then renames a new CURRENT
over the old: a reader opens the old index or the new one, never something between.

What is checked when. Opening an index checks the pointer, the manifest, the size of each file, and the digest of each
but `tokens.bits`, four fifths of the bytes, whose blocks are checked as they are read: for the passages that are
ranked, and for what the next generation takes over. `briefings doctor`, `rollback` and `snapshot` read all of it. A
generation of an earlier version, without `tokens.checks`, is read through when it is opened.
While an index is open, each question looks at the times of these files, and has those checked again that changed, and
an article that is quoted is the one that was stored, by its digest (see `Store.watched` and `Store.vouch`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.blocks import one_line
from index.errors import FormatError, IndexBusyError, IndexFolderError

FORMAT = 2
KEPT = 3  # generations kept on disk: the current one, the one that was current before, and the newest other
BUILDING = ".building"
DROPPED = ".dropped"
DAMAGED = ".damaged"  # what doctor could not mend and does not delete
BITS, CHECKS = "tokens.bits", "tokens.checks"


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


def existing_generation(folder: Path) -> Path:
    """Return the folder of the generation that readers open. Raises IndexFolderError where there is none, too."""
    generation = current_generation(folder)
    if generation is None:
        raise IndexFolderError(f"no index in {folder}: make one with 'briefings index PATH... --index {folder}'")
    return generation


def _current(folder: Path) -> Path | None:
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise IndexFolderError(f"{folder} is a file, not an index folder: name another with --index")
    pointer = folder / "CURRENT"
    try:
        content = pointer.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        if any(folder.iterdir()) and not (folder / "generations").is_dir():
            raise IndexFolderError(f"{folder} is not an index: name another folder with --index") from None
        # A first build that was killed on the last step has made all but the pointer.
        return next(reversed(kept_generations(folder)), None)
    except (OSError, UnicodeDecodeError) as error:
        raise IndexFolderError(f"{pointer} cannot be read: check the folder's permissions") from error
    generation, wrong = _named(folder, content)
    if wrong and _content_of(pointer) != content:  # a writer replaced it, and dropped what it named before
        return _current(folder)
    if wrong:
        raise IndexFolderError(f"{wrong}: {mend(folder)}")
    return generation


def _named(folder: Path, content: str) -> tuple[Path, str]:
    """Return the generation that the content of a pointer names, and what is wrong with it."""
    pointer = folder / "CURRENT"
    name, _, digest = content.partition(" ")
    generation = folder / "generations" / name
    if not name.isdigit() or not generation.is_dir():
        return generation, f"{pointer} names a generation that is not there"
    manifest = _manifest_values(generation)
    # What another version has written is told of by its format, which is read next.
    if digest and manifest.get("format", FORMAT) == FORMAT and manifest.get("sha256") != digest:
        return generation, f"{pointer} or the manifest of generation {int(name)} is damaged"
    return generation, ""


def _content_of(pointer: Path) -> str | None:
    try:
        return pointer.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def mend(folder: Path) -> str:
    """Return what to do about a damaged index."""
    return f"run 'briefings doctor --repair --index {folder}', or index the articles again into a new folder"


def missing_or_damaged(path: Path, generation: Path) -> IndexFolderError:
    """Return the error that tells of a file of a generation that is not what was written."""
    return IndexFolderError(f"{path} is missing or damaged: {mend(_folder_of(generation))}")


def kept_generations(folder: Path) -> list[Path]:
    """Return the generations on disk, the oldest first; one of them is the current one."""
    try:
        return sorted(path for path in (folder / "generations").iterdir() if path.name.isdigit())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise IndexFolderError(f"{folder} cannot be read ({error.strerror}): check its permissions") from error


def generation_numbered(folder: Path, number: int) -> Path:
    """Return the folder of a generation that is kept. Raises IndexFolderError where it is not."""
    kept = kept_generations(folder)
    for path in kept:
        if int(path.name) == number:
            return path
    numbers = ", ".join(str(int(path.name)) for path in kept) or "none"
    raise IndexFolderError(f"generation {number} is not kept in {folder}: kept are {numbers}")


def read_manifest(generation: Path) -> Manifest:
    """Read a generation's manifest and check that its files are there, of the size that it says.

    Raises IndexFolderError where one is missing, of another size, or of a newer format.
    """
    manifest = read_manifest_alone(generation)
    for name, (size, _) in manifest.files.items():
        path = generation / name
        if not path.is_file() or path.stat().st_size != size:
            raise missing_or_damaged(path, generation)
    return manifest


def read_manifest_alone(generation: Path) -> Manifest:
    """Read a generation's manifest, whatever became of its files. Raises IndexFolderError as `read_manifest` does."""
    try:
        values = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
        form = values["format"]
        if form != FORMAT:
            raise FormatError(
                f"{generation} has index format {form}, and this version reads {FORMAT}:"
                f" {'update briefings' if form > FORMAT else 'index the articles again with --index NEW'}",
                newer=form > FORMAT,
            )
        digest = values.pop("sha256", None)  # an index of an earlier build has none
        if digest is not None and digest != _digest_of(values):
            raise ValueError("not what was written")
        files = {name: (size, digest) for name, (size, digest) in values["files"].items()}
        return Manifest(**{**values, "model": ModelMark(**values["model"]), "files": files})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexFolderError(f"{generation} has no readable manifest: {mend(_folder_of(generation))}") from error


def damaged_files(generation: Path, manifest: Manifest, *, without: Iterable[str] = ()) -> list[str]:
    """Return the names of the files that are not what the manifest says, by size and digest."""
    names = [name for name in manifest.files if name not in set(without)]
    with ThreadPoolExecutor(4) as pool:  # digests are reckoned outside of Python's lock
        measured = list(pool.map(lambda name: _measured(generation / name), names))
    return [name for name, found in zip(names, measured, strict=True) if found != tuple(manifest.files[name])]


def check_files(generation: Path, manifest: Manifest, *, without: Iterable[str] = ()) -> None:
    """Raise IndexFolderError where a file is not what the manifest says."""
    for name in damaged_files(generation, manifest, without=without):
        raise missing_or_damaged(generation / name, generation)


def check_for_reading(generation: Path, manifest: Manifest) -> None:
    """Raise IndexFolderError where a file is not what the manifest says, but for what is checked as it is read."""
    check_files(generation, manifest, without=(BITS,) if CHECKS in manifest.files else ())


def file_marks(generation: Path, manifest: Manifest) -> tuple[tuple[int, int, int] | None, ...]:
    """Return the time, size and number of each file as the system has them; None where there is none."""
    return tuple(map(_file_mark, (generation / name for name in manifest.files)))


def write_manifest(generation: Path, manifest: Manifest) -> None:
    """Write a generation's manifest, the last of its files."""
    values = asdict(manifest)
    text = _canonical({**values, "sha256": _digest_of(values)})
    (generation / "manifest.json").write_text(text, encoding="utf-8")


def measured_files(generation: Path) -> dict[str, tuple[int, str]]:
    """Return size and sha256 of each file of a generation, by its name inside it."""
    measured: dict[str, tuple[int, str]] = {}
    for path in sorted(generation.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            measured[path.relative_to(generation).as_posix()] = (path.stat().st_size, digest)
    return measured


def _file_mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _measured(path: Path) -> tuple[int, str] | None:
    try:
        with path.open("rb") as content:
            return os.fstat(content.fileno()).st_size, hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return None


def _canonical(values: dict[str, object]) -> str:
    return json.dumps(values, indent=1, sort_keys=True)


def _digest_of(values: dict[str, object]) -> str:
    return hashlib.sha256(_canonical(values).encode()).hexdigest()


def _manifest_values(generation: Path) -> dict[str, object]:
    """Return what a manifest says, as it stands there; nothing where it cannot be read."""
    try:
        values = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _folder_of(generation: Path) -> Path:
    return generation.parent.parent


@contextmanager
def write_lock(folder: Path) -> Iterator[None]:
    """Hold the folder's one write lock; the system gives it back if this process dies.

    Raises IndexBusyError where another process holds it, IndexFolderError where the folder cannot be written.
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
            who = one_line(holder.read_text(encoding="utf-8", errors="replace"))[:200] or who
        raise IndexBusyError(f"{folder} is being written by {who}: wait for it to end") from None
    except OSError as error:
        raise IndexFolderError(f"{folder} cannot be written ({error.strerror}): name another with --index") from error
    try:
        with suppress(OSError):  # only a courtesy, and a full disk is told of where it matters
            since = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
            holder.write_text(f"process {os.getpid()} on {socket.gethostname()} since {since}", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def start_generation(folder: Path) -> tuple[int, Path]:
    """Clear away what dead processes left and return the next generation's number and its empty folder."""
    clear_leftovers(folder)
    generations = folder / "generations"
    number = max((int(path.name) for path in kept_generations(folder)), default=0) + 1
    building = generations / f"{number:08}{BUILDING}"
    building.mkdir()
    return number, building


def leftovers(folder: Path) -> list[Path]:
    """Return what processes left that died while they made a generation or dropped one."""
    found = (folder / "generations").glob("*")
    return sorted(path for path in found if path.suffix in (BUILDING, DROPPED))


def clear_leftovers(folder: Path) -> None:
    """Remove what processes left that died; the caller holds the write lock."""
    for path in leftovers(folder):
        shutil.rmtree(path)


def publish(folder: Path, building: Path, *, keep: int = KEPT) -> Path:
    """Make a finished generation the current one, for good, and drop the oldest beyond `keep`."""
    for path in sorted(building.rglob("*"), reverse=True):
        _flush(path)
    _flush(building)
    generation = building.with_name(building.name.removesuffix(BUILDING))
    building.rename(generation)
    _flush(generation.parent)
    before = _pointed_at(folder)
    point_at(folder, generation)
    needed = {generation, before} - {None}
    others = [path for path in kept_generations(folder) if path not in needed]
    with suppress(OSError):  # the new one is current, whatever becomes of the old
        drop(others[: max(0, len(others) + len(needed) - keep)])
    return generation


def point_at(folder: Path, generation: Path) -> None:
    """Make a generation the current one: readers that open the index from now on open this one."""
    pointer = folder / "CURRENT.new"
    digest = _manifest_values(generation).get("sha256")
    pointer.write_text(f"{generation.name} {digest}\n" if digest else f"{generation.name}\n", encoding="ascii")
    _flush(pointer)
    pointer.replace(folder / "CURRENT")
    _flush(folder)


def drop(generations: Iterable[Path]) -> None:
    """Remove generations, for good. None is ever there in part: what a dead process leaves has another name."""
    for path in generations:
        dropped = path.with_name(path.name + DROPPED)
        path.rename(dropped)
        shutil.rmtree(dropped)
        _flush(path.parent)


def _pointed_at(folder: Path) -> Path | None:
    """Return the generation that the pointer names, also where it is damaged."""
    try:
        name = (folder / "CURRENT").read_text(encoding="ascii").split()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        return None
    generation = folder / "generations" / name
    return generation if name.isdigit() and generation.is_dir() else None


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
