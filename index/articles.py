"""Files to articles: which files are read, in what order, and what each one holds."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from index.blocks import one_line
from index.errors import InputError
from index.formats.beir import read_beir
from index.formats.html import read_html
from index.formats.markdown import read_markdown
from index.formats.plain import read_plain
from index.records import Article
from index.sections import sections_of

# Raise this when a reader changes what it makes of a file: every file is then read again.
READERS_VERSION = 2
MOST_FILE_BYTES = 20_000_000  # of a file that is one article; .jsonl files may be of any size
KINDS = (".txt", ".md", ".markdown", ".html", ".htm", ".jsonl")

# What would break the columns of a TREC run, what is no character to see, and what turns a line around.
_NOT_IN_AN_ID = re.compile(r"[\s%\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_LOOKS_LIKE_HTML = re.compile(rb"<(?:!doctype html|html|head|body|article|main|div|p|h1)\b", re.IGNORECASE)


@dataclass(frozen=True)
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
    if path.suffix.lower() not in KINDS:
        return [Problem(shown(path), f"is of a kind that is not read: kinds read are {' '.join(KINDS)}")]
    return [InputFile(path, _id_from(path.name))]


def read_file(file: InputFile, content: BinaryIO) -> Iterator[Article | Problem]:
    """Read the articles of one open file; what cannot be read comes back as a Problem and the rest goes on."""
    try:
        if file.path.suffix.lower() == ".jsonl":
            number = 0
            for number, result in read_beir(content):
                if isinstance(result, InputError):
                    yield Problem(f"{shown(file.path)} line {number}", str(result))
                else:
                    yield result
            if not number:
                raise InputError("is empty: put one article on each line or remove it")
        else:
            yield _read_one(file, content)
    except InputError as error:
        yield Problem(shown(file.path), str(error))


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
    return f"cannot be read ({error.strerror or error}): check its permissions"


def _walk(folder: Path) -> Iterator[InputFile | Problem]:
    root = folder.resolve()
    unread: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unread.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith(".") or path.suffix.lower() not in KINDS:
                continue
            try:
                if path.is_symlink() and not path.resolve().is_relative_to(root):
                    continue
                if path.exists() and not path.is_file():  # a pipe would be waited for without end
                    continue
            except (OSError, RuntimeError):  # RuntimeError: what Python up to 3.12 raises for a link to itself
                yield Problem(shown(path), "cannot be read: check its permissions and, if it is a link, where it leads")
                continue
            yield InputFile(path, _id_from(path.relative_to(folder).as_posix()))
    yield from (Problem(shown(Path(error.filename)), why_unread(error)) for error in unread)


def _id_from(name: str) -> str:
    readable = os.fsencode(name).decode("utf-8", "replace")
    return _NOT_IN_AN_ID.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), readable)


def _read_one(file: InputFile, content: BinaryIO) -> Article:
    data = content.read(MOST_FILE_BYTES + 1)
    if len(data) > MOST_FILE_BYTES:
        raise InputError(f"is larger than {MOST_FILE_BYTES // 1_000_000} MB: split it into one file an article")
    if not data.strip():
        raise InputError("is empty: put the article's text in it or remove it")
    kind = file.path.suffix.lower()
    if kind in (".html", ".htm"):
        if not _LOOKS_LIKE_HTML.search(data.replace(b"\x00", b"")[:100_000]) or _is_binary(data):
            raise InputError("is not HTML, whatever its name says: save the page again as HTML")
        article = read_html(data, file.article_id)
    else:
        text = _decoded(data)
        read = read_plain if kind == ".txt" else read_markdown
        article = read(text, file.article_id)
    if not sections_of(article):  # headings alone are no text that could be found
        raise InputError("holds no article text: see what was dropped with 'briefings inspect'")
    return article


def _is_binary(data: bytes) -> bool:
    return b"\x00" in data[:8192] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\x00" in data[:8192]:
        raise InputError("is not text: it holds NUL bytes; save it as text in UTF-8")
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not {encoding.removesuffix('-sig').upper()} (byte {error.start + 1}): save it as UTF-8"
        ) from error
