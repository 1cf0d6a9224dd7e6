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
READERS_VERSION = 1
MOST_FILE_BYTES = 20_000_000  # of a file that is one article; .jsonl files may be of any size
KINDS = (".txt", ".md", ".markdown", ".html", ".htm", ".jsonl")

_NOT_IN_AN_ID = re.compile(r"[\s%\x00-\x1f\x7f]")
_LOOKS_LIKE_HTML = re.compile(rb"<(?:!doctype html|html|head|body|article|main|div|p|h1)\b", re.IGNORECASE)


@dataclass(frozen=True)
class InputFile:
    """A file to read, and the id that an article gets from its place below the folder that was named."""

    path: Path
    article_id: str

    @property
    def origin(self) -> str:
        """Return the path by which a file is known from one run to the next, however its folder was named."""
        return os.fsencode(self.path.parent.resolve() / self.path.name).decode("utf-8", "backslashreplace")


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
        if path.is_dir():
            found = list(_walk(path))
            if not found:
                problems.append(Problem(shown(path), f"holds no articles: kinds read are {' '.join(KINDS)}"))
        elif not path.exists():
            found = []
            problems.append(Problem(shown(path), "does not exist: check the path"))
        elif not path.is_file():
            found = []
            problems.append(Problem(shown(path), "is neither a file nor a folder: name one of those"))
        elif path.suffix.lower() not in KINDS:
            found = []
            reason = f"is of a kind that is not read: kinds read are {' '.join(KINDS)}"
            problems.append(Problem(shown(path), reason))
        else:
            found = [InputFile(path, _id_from(path.name))]
        for file in found:
            files.setdefault(file.origin, file)
    return list(files.values()), problems


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


def _walk(folder: Path) -> Iterator[InputFile]:
    root = folder.resolve()
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.startswith(".") or path.suffix.lower() not in KINDS:
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                continue
            if path.exists() and not path.is_file():  # a pipe would be waited for without end
                continue
            yield InputFile(path, _id_from(path.relative_to(folder).as_posix()))


def _id_from(name: str) -> str:
    # White space would break the columns of a TREC run.
    readable = os.fsencode(name).decode("utf-8", "replace")
    return _NOT_IN_AN_ID.sub(lambda found: f"%{ord(found[0]):02X}", readable)


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
