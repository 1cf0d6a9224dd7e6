"""PDF files: pypdf reads the pages; larger type marks the headings, repeated lines at the edges go.

A PDF says where letters stand, not what is a paragraph: that is worked out in typeset.py.
"""

from __future__ import annotations

import io
import logging
from collections import Counter
from collections.abc import Iterable
from typing import Any

from index.blocks import one_line, tidy
from index.errors import BriefingsError, InputError, MissingLibraryError
from index.formats.compose import compose, given_title, language_tag
from index.formats.typeset import Page, Typeset, blocks_of
from index.records import Article, Dropped

MOST_PAGES = 5000
MOST_CHARACTERS = 20_000_000
# Two letters cast as one, which nobody types into a question.
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}


def read_pdf(data: bytes, article_id: str) -> Article:
    """Read one PDF. Raises InputError where it is encrypted, damaged, or a scan without text."""
    if b"%PDF-" not in data[:1024]:
        raise InputError("is not a PDF, whatever its name says: save it as PDF again")
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of what is wrong in nearly every file
    try:
        reader = _opened(data)
        pages, sizes = _pages(reader.pages)
        title, author, language = _properties(reader)
    except BriefingsError:
        raise
    except DependencyError as error:
        raise MissingLibraryError(
            "is encrypted with AES, which needs an extra to try without a password:"
            " pip install 'briefings[encrypted-pdf]'"
        ) from error
    except Exception as error:  # pypdf meets a damaged file with any of a dozen kinds of exception
        raise InputError("is a damaged PDF: open it in a viewer and print it to a new PDF") from error
    if not any(page.lines for page in pages):
        raise InputError("is a scan without text: run OCR over it first, for example with ocrmypdf")
    dropped: list[Dropped] = []
    blocks = blocks_of(Typeset(pages, sizes), dropped)
    return compose(blocks, article_id, title=title, author=author, language=language, dropped=dropped)


def _opened(data: bytes) -> Any:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data), strict=False)
    # Many a PDF has no password to be read and one to be printed.
    if reader.is_encrypted and not reader.decrypt(""):
        raise InputError("is encrypted: save a copy without a password")
    return reader


def _pages(pages: Iterable[Any]) -> tuple[list[Page], Counter[float]]:
    """Return the lines of each page, what stands there in which size of type, and how common each size is."""
    read: list[Page] = []
    sizes: Counter[float] = Counter()
    characters = 0
    for page in pages:
        pieces: list[tuple[float, str]] = []

        def note(text: str, cm: Any, tm: Any, _font: Any, size: Any, pieces: list[Any] = pieces) -> None:
            if text.strip():
                # The type's height on the page: what the font is set in, scaled by both matrices.
                height = abs(float(size) * float(tm[3] or tm[1]) * float(cm[3] or cm[1]))
                pieces.append((round(height, 1), text.translate(_LIGATURES)))

        lines = tidy(page.extract_text(visitor_text=note).translate(_LIGATURES)).split("\n")
        characters += sum(map(len, lines))
        if len(read) >= MOST_PAGES or characters > MOST_CHARACTERS:
            raise InputError(f"has more than {MOST_PAGES} pages or {MOST_CHARACTERS // 1_000_000} MB of text: split it")
        for size, text in pieces:
            sizes[size] += len(text)
        read.append(Page(lines if any(lines) else [], pieces))
    return read, sizes


def _properties(reader: Any) -> tuple[str, str | None, str | None]:
    """Return title, author and language; the day a PDF was made is not the day its article appeared."""
    known = reader.metadata or {}
    language = language_tag(reader.root_object.get("/Lang"))
    return given_title(_value(known, "/Title")), _value(known, "/Author") or None, language


def _value(known: Any, name: str) -> str:
    value = known.get(name)
    return one_line(value.get_object() if hasattr(value, "get_object") else value)
