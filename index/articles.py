"""Files to articles: which files are read, in what order, and what each one holds."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from index.blocks import one_line
from index.errors import InputError, MissingLibraryError
from index.formats.compose import safe_id
from index.formats.readers import KINDS, MOST_FILE_BYTES, kind_of, read_entries
from index.records import Article

__all__ = [
    "KINDS",
    "MOST_FILE_BYTES",
    "READERS_VERSION",
    "InputFile",
    "Problem",
    "file_digest",
    "find_files",
    "kind_of",
    "origin_of",
    "read_file",
    "shown",
    "why_unread",
]

# Raise this when a reader changes what it makes of a file: every file is then read again.
READERS_VERSION = 6


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read, and the id that an article gets from its place below the folder that was named."""

    path: Path
    article_id: str

    @property
    def origin(self) -> str:
        """Return the path by which a file is known from one run to the next, however its folder was named."""
        return origin_of(self.path.parent.resolve() / self.path.name)

    @property
    def possible_ids(self) -> set[str]:
        """Return the ids that it would have, had this or that one of the folders above it been named."""
        parts = (self.path.parent.resolve() / self.path.name).parts
        return {_id_from("/".join(parts[first:])) for first in range(1, len(parts))}


@dataclass(frozen=True)
class Problem:
    """A file, or a line of one, that was set aside, and why."""

    where: str
    reason: str
    passes: bool = field(default=False, compare=False)  # the file can be read as it is once something is installed
    origin: str = field(default="", compare=False)  # of what cannot be listed: a link to itself, a locked folder


def find_files(paths: Iterable[Path]) -> tuple[list[InputFile], list[Problem]]:
    """List the files to read, sorted below each path, each once, and what cannot be read at all.

    Folders are walked without following links to folders; a link to a file outside the folder that was
    named is passed over, and so are hidden files and files of other kinds.
    """
    files: dict[str, InputFile] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            found = _found_at(path)
        except OSError as error:  # no leave to look, or a name that is too long
            found = [Problem(shown(path), why_unread(error))]
        for each in found:
            if isinstance(each, Problem):
                problems.append(each)
            else:
                files.setdefault(each.origin, each)
    return list(files.values()), problems


def _found_at(path: Path) -> list[InputFile | Problem]:
    if path.is_dir():
        found = list(_walk(path))
        return found or [Problem(shown(path), f"holds no articles: kinds read are {' '.join(KINDS)}")]
    if not path.exists():
        return [Problem(shown(path), "does not exist: check the path")]
    if not path.is_file():
        return [Problem(shown(path), "is neither a file nor a folder: name one of those")]
    if kind_of(path.name) is None:
        return [Problem(shown(path), f"is of a kind that is not read: kinds read are {' '.join(KINDS)}")]
    return [InputFile(path, _id_from(path.name))]


def read_file(file: InputFile, content: BinaryIO) -> Iterator[Article | Problem]:
    """Read the articles of one open file; what cannot be read comes back as a Problem and the rest goes on."""
    name = shown(file.path)
    try:
        for place, result in read_entries(kind_of(file.path.name) or "", file.article_id, content):
            yield _problem(name + place, result) if isinstance(result, InputError) else result
    except InputError as error:
        yield _problem(name, error)


def _problem(where: str, error: InputError) -> Problem:
    return Problem(where, str(error), passes=isinstance(error, MissingLibraryError))


def file_digest(content: BinaryIO) -> str:
    """Return the digest by which an unchanged file is known, and rewind the file."""
    digest = hashlib.file_digest(cast(io.BufferedReader, content), "sha256").hexdigest()
    content.seek(0)
    return f"{READERS_VERSION}:{digest}"


def shown(path: Path) -> str:
    """Return a path for a message: one line, without control characters."""
    return one_line(os.fsencode(path).decode("utf-8", "replace"))


def origin_of(path: Path) -> str:
    """Return a path as text that SQLite can hold, whatever its bytes are."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def why_unread(error: OSError) -> str:
    """Return the reason of a Problem for a path that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return "is gone, or is a link to what is gone: bring it back, or delete the link"
    return f"cannot be read ({error.strerror or error}): check its permissions"


def _walk(folder: Path) -> Iterator[InputFile | Problem]:
    root = folder.resolve()
    unread: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unread.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith(".") or kind_of(name) is None:
                continue
            try:
                if path.is_symlink() and not path.resolve().is_relative_to(root):
                    continue
                if path.exists() and not path.is_file():  # a pipe would be waited for without end
                    continue
            except (OSError, RuntimeError):  # RuntimeError: what Python up to 3.12 raises for a link to itself
                reason = "cannot be read: check its permissions and, if it is a link, where it leads"
                yield Problem(shown(path), reason, origin=origin_of(Path(os.path.realpath(parent), name)))
                continue
            yield InputFile(path, _id_from(path.relative_to(folder).as_posix()))
    for error in unread:
        where = Path(error.filename)
        yield Problem(shown(where), why_unread(error), origin=origin_of(Path(os.path.realpath(where))))


def _id_from(name: str) -> str:
    return safe_id(os.fsencode(name).decode("utf-8", "replace"))
