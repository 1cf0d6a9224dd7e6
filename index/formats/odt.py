"""OpenDocument text (.odt): paragraphs, headings, lists and tables as they read.

Format: OASIS OpenDocument 1.3, part 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from index.blocks import Block, heading, one_line, tidy
from index.errors import InputError
from index.formats.compose import compose, given_title
from index.formats.zipped import Parts
from index.records import Article

KIND = ".odt"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_AS_TEXT = {f"{_TEXT}s": " ", f"{_TEXT}tab": " ", f"{_TEXT}line-break": "\n"}
_UNREAD = {
    f"{_TEXT}tracked-changes",  # holds what was deleted
    f"{_TEXT}note-citation",
    f"{_TEXT}ruby-text",
    f"{_TEXT}table-of-content",
    f"{_OFFICE}annotation",
    f"{_OFFICE}forms",
}


@dataclass
class _Document:
    title_styles: frozenset[str]
    titles: list[str] = field(default_factory=list)


def read_odt(data: bytes, article_id: str) -> Article:
    """Read one OpenDocument text. Raises InputError where it is encrypted, damaged or without text."""
    parts = Parts(data, KIND)
    if "META-INF/manifest.xml" in parts and b"encryption-data" in parts.read("META-INF/manifest.xml"):
        raise InputError("is encrypted: save it without a password")
    root = parts.xml("content.xml")
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise InputError("is not an OpenDocument text: save it as .odt again")
    document = _Document(_title_styles(root))
    blocks = list(_blocks(body, document))
    meta = parts.xml("meta.xml").find(f"{_OFFICE}meta") if "meta.xml" in parts else None
    return compose(
        blocks,
        article_id,
        title=" ".join(document.titles) or given_title(_found(meta, f"{_DC}title")),
        author=_found(meta, f"{_META}initial-creator") or _found(meta, f"{_DC}creator"),
        language=_found(meta, f"{_DC}language"),
    )


def _found(meta: etree._Element | None, name: str) -> str | None:
    return one_line(meta.findtext(name)) or None if meta is not None else None


def _title_styles(root: etree._Element) -> frozenset[str]:
    """Return the names of the style "Title" and of what is derived from it for single paragraphs."""
    derived = (
        style.get(f"{_STYLE}name", "")
        for style in root.iter(f"{_STYLE}style")
        if style.get(f"{_STYLE}parent-style-name") == "Title"
    )
    return frozenset({"Title", *derived})


def _blocks(container: etree._Element, document: _Document) -> Iterator[Block]:
    for element in container:
        if element.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            yield from _paragraph(element, document)
        elif element.tag == f"{_TABLE}table-row":
            yield from _row(element, document)
        elif element.tag not in _UNREAD:
            yield from _blocks(element, document)


def _row(row: etree._Element, document: _Document) -> Iterator[Block]:
    cells = [[block for block in _blocks(cell, document) if block.text] for cell in row]
    if all(len(cell) < 2 for cell in cells):
        yield Block(" | ".join(block.text for cell in cells for block in cell))
    else:  # a table that lays out the page
        yield from (block for cell in cells for block in cell)


def _paragraph(paragraph: etree._Element, document: _Document) -> Iterator[Block]:
    """Yield a paragraph or heading, then the text boxes and notes that hang on it."""
    hanging: list[etree._Element] = []
    text = tidy("".join(_words(paragraph, hanging)))
    level = paragraph.get(f"{_TEXT}outline-level", "1") if paragraph.tag == f"{_TEXT}h" else "0"
    if text and paragraph.get(f"{_TEXT}style-name") in document.title_styles:
        document.titles.append(one_line(text))
    elif level in {"1", "2", "3", "4", "5", "6", "7", "8", "9"} and text:
        yield heading(text, int(level))
    else:
        yield Block(text)
    for element in hanging:
        yield from _blocks(element, document)


def _words(element: etree._Element, hanging: list[etree._Element]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag in _AS_TEXT:
            yield _AS_TEXT[str(child.tag)]
        elif child.tag in (f"{_TEXT}note", f"{_DRAW}frame", f"{_DRAW}text-box"):
            hanging.append(child)
        elif isinstance(child.tag, str) and child.tag not in _UNREAD:
            yield from _words(child, hanging)
        yield child.tail or ""
