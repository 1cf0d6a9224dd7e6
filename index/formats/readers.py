"""The table of formats: which reader takes which kind of file, and what it makes of one.

A reader of one article takes the file's bytes; a reader of several takes the open file and yields entries.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from index.blocks import one_line
from index.errors import InputError, MissingLibraryError
from index.formats.archive import MOST_DEPTH, Budget, OverBudgetError, members
from index.formats.beir import read_beir
from index.formats.compose import Entry, safe_id, with_text
from index.formats.docx import read_docx
from index.formats.epub import read_epub
from index.formats.feed import read_feed
from index.formats.html import read_html
from index.formats.mail import read_mail
from index.formats.markdown import read_markdown
from index.formats.mbox import read_mbox
from index.formats.odt import read_odt
from index.formats.pdf import read_pdf
from index.formats.plain import decoded, read_plain
from index.formats.rtf import read_rtf
from index.formats.tables import read_csv, read_parquet
from index.records import Article

MOST_FILE_BYTES = 20_000_000  # of a file that is one article; .jsonl, .csv and .mbox files may be of any size

_LOOKS_LIKE_HTML = re.compile(rb"<(?:!doctype html|html|head|body|article|main|div|p|h1)\b", re.IGNORECASE)


def _read_text(data: bytes, article_id: str) -> Article:
    return read_plain(decoded(data), article_id)


def _read_markdown(data: bytes, article_id: str) -> Article:
    return read_markdown(decoded(data), article_id)


def _read_page(data: bytes, article_id: str) -> Article:
    if not _LOOKS_LIKE_HTML.search(data.replace(b"\x00", b"")[:100_000]) or _is_binary(data):
        raise InputError("is not HTML, whatever its name says: save the page again as HTML")
    return read_html(data, article_id)


def _read_lines(content: BinaryIO, _file_id: str) -> Iterator[Entry]:
    for number, result in read_beir(content):
        yield f" line {number}", result


_ONE: dict[str, Callable[[bytes, str], Article]] = {
    ".txt": _read_text,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".html": _read_page,
    ".htm": _read_page,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".odt": read_odt,
    ".rtf": read_rtf,
    ".epub": read_epub,
    ".eml": read_mail,
}
_SEVERAL: dict[str, Callable[[BinaryIO, str], Iterator[Entry]]] = {
    ".mbox": read_mbox,
    ".xml": read_feed,
    ".rss": read_feed,
    ".atom": read_feed,
    ".jsonl": _read_lines,
    ".csv": read_csv,
    ".parquet": read_parquet,
}
_ARCHIVES = (".zip", ".tar.gz", ".tgz")
KINDS = (*_ONE, *_SEVERAL, *_ARCHIVES)


def kind_of(name: str) -> str | None:
    """Return the kind of a file by its name, one of KINDS, or None where it is of none."""
    lower = name.lower()
    return next((kind for kind in KINDS if lower.endswith(kind) and len(lower) > len(kind)), None)


def read_entries(kind: str, file_id: str, content: BinaryIO) -> Iterator[Entry]:
    """Yield what a file of that kind holds. Raises InputError where all of it, or the rest, cannot be read."""
    try:
        yield from _entries(kind, file_id, content, Budget(), depth=1)
    except ModuleNotFoundError as error:
        library = str(error.name).partition(".")[0]
        raise MissingLibraryError(f"needs {library}, which is not installed: pip install {library}") from error


def _entries(kind: str, file_id: str, content: BinaryIO, budget: Budget, *, depth: int) -> Iterator[Entry]:
    found = False
    if kind in _ONE:
        entries: Iterator[Entry] = iter([("", _one(kind, file_id, content))])
    elif kind in _SEVERAL:
        entries = _SEVERAL[kind](_seekable(content) if kind == ".parquet" else content, file_id)
    elif depth > MOST_DEPTH:
        raise InputError("is an archive in an archive in an archive: unpack it")
    else:
        entries = _unpacked(kind, file_id, _seekable(content), budget, depth)
    for entry in entries:
        found = True
        yield entry
    if not found:
        raise InputError(_NOTHING.get(kind, f"holds no articles: kinds read are {' '.join(KINDS)}"))


_NOTHING = {
    ".jsonl": "is empty: put one article on each line or remove it",
    ".mbox": "is empty: export the letters again or remove it",
    ".csv": "has names of columns, but no rows: put an article in each row or remove it",
    ".parquet": "has no rows: put an article in each row or remove it",
}


def _one(kind: str, article_id: str, content: BinaryIO) -> Article:
    data = _bounded(content)
    if not data.strip():
        raise InputError("is empty: put the article's text in it or remove it")
    try:
        return with_text(_ONE[kind](data, article_id))
    except RecursionError as error:
        raise InputError("is nested deeper than any article is: save it anew") from error


def _unpacked(kind: str, file_id: str, content: BinaryIO, budget: Budget, depth: int) -> Iterator[Entry]:
    for name, member in members(kind, content, budget, lambda name: kind_of(name) is not None):
        place = f"/{one_line(name)}"
        if isinstance(member, InputError):
            yield place, member
            continue
        try:
            member_id = f"{file_id}/{safe_id(name)}"
            for inner, result in _entries(kind_of(name) or "", member_id, member, budget, depth=depth + 1):
                yield place + inner, result
        except OverBudgetError:
            raise
        except InputError as error:
            yield place, error


def _seekable(content: BinaryIO) -> BinaryIO:
    """Return a file whose end can be read first; a member of an archive is unpacked for that."""
    return content if content.seekable() else io.BytesIO(_bounded(content))


def _bounded(content: BinaryIO) -> bytes:
    data = content.read(MOST_FILE_BYTES + 1)
    if len(data) > MOST_FILE_BYTES:
        raise InputError(f"is larger than {MOST_FILE_BYTES // 1_000_000} MB: split it into one file an article")
    return data


def _is_binary(data: bytes) -> bool:
    return b"\x00" in data[:8192] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))
