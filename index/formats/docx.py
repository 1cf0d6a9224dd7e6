"""Word documents (.docx): paragraphs and tables as they read with all changes accepted.

Format: ECMA-376, WordprocessingML. Headings are paragraphs whose style is, or is based on, a heading style.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from index.blocks import Block, heading, one_line, tidy
from index.errors import InputError
from index.formats.compose import compose, given_title
from index.formats.zipped import Parts
from index.records import Article

KIND = ".docx"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CORE = "docProps/core.xml"
_TITLE = -1  # the level of a paragraph in the style "Title"
_AS_TEXT = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
# What was deleted or moved away, and what is written a second time for older programs.
_UNREAD = {f"{_W}del", f"{_W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}


@dataclass
class _Document:
    levels: Mapping[str, int]  # style id to heading level
    notes: Mapping[str, etree._Element]  # footnote id to footnote
    titles: list[str] = field(default_factory=list)


def read_docx(data: bytes, article_id: str) -> Article:
    """Read one Word document. Raises InputError where it is protected, damaged or without text."""
    parts = Parts(data, KIND)
    body = parts.xml("word/document.xml").find(f"{_W}body")
    if body is None:
        raise InputError(f"is not {KIND}: it has no body; save it as {KIND} again")
    document = _Document(_heading_levels(parts), _footnotes(parts))
    blocks = list(_blocks(body, document))
    core = parts.xml(_CORE) if _CORE in parts else None
    known = {name: core.findtext(f"{_DC}{name}") if core is not None else None for name in ("title", "creator")}
    language = core.findtext(f"{_DC}language") if core is not None else None
    return compose(
        blocks,
        article_id,
        title=" ".join(document.titles) or given_title(known["title"]),
        author=_person(known["creator"]),
        language=language,
    )


def _heading_levels(parts: Parts) -> dict[str, int]:
    """Return the heading level of each style; the ids are translated by some Words, the names by none."""
    if "word/styles.xml" not in parts:
        return {}
    styles = {style.get(f"{_W}styleId", ""): style for style in parts.xml("word/styles.xml").iter(f"{_W}style")}
    levels: dict[str, int] = {}
    for style_id in styles:
        based: str | None = style_id
        for _ in range(10):  # a style may be based on itself by mistake
            style = styles.get(based or "")
            if style is None:
                break
            level = _level(style)
            if level:
                levels[style_id] = level
                break
            based = _value(style, "basedOn")
    return levels


def _level(style: etree._Element) -> int:
    name = (_value(style, "name") or "").lower()
    if name == "title":
        return _TITLE
    if name.startswith("heading ") and name[8:] in {"1", "2", "3", "4", "5", "6", "7", "8", "9"}:
        return int(name[8:])
    return _outline(style)


def _outline(element: etree._Element) -> int:
    """Return the level that a style or paragraph has in the document's outline; 9 and up mean body text."""
    outline = _value(element, f"pPr/{_W}outlineLvl") or ""
    return int(outline) + 1 if outline in {"0", "1", "2", "3", "4", "5", "6", "7", "8"} else 0


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find(f"{_W}{path}")
    return found.get(f"{_W}val") if found is not None else None


def _footnotes(parts: Parts) -> dict[str, etree._Element]:
    if "word/footnotes.xml" not in parts:
        return {}
    return {note.get(f"{_W}id", ""): note for note in parts.xml("word/footnotes.xml").iter(f"{_W}footnote")}


def _blocks(container: etree._Element, document: _Document) -> Iterator[Block]:
    for element in container:
        if element.tag == f"{_W}p":
            yield from _paragraph(element, document)
        elif element.tag == f"{_W}tr":
            yield from _row(element, document)
        elif element.tag not in _UNREAD:
            yield from _blocks(element, document)


def _row(row: etree._Element, document: _Document) -> Iterator[Block]:
    cells = [[block for block in _blocks(cell, document) if block.text] for cell in row.iterchildren(f"{_W}tc")]
    if all(len(cell) < 2 for cell in cells):
        yield Block(" | ".join(block.text for cell in cells for block in cell))
    else:  # a table that lays out the page
        yield from (block for cell in cells for block in cell)


def _paragraph(paragraph: etree._Element, document: _Document) -> Iterator[Block]:
    """Yield a paragraph, then the text boxes and footnotes that hang on it."""
    words: list[str] = []
    boxes: list[etree._Element] = []
    notes: list[str] = []
    todo = [iter(paragraph)]
    while todo:
        element = next(todo[-1], None)
        if element is None:
            todo.pop()
        elif element.tag == f"{_W}t":
            words.append(element.text or "")
        elif element.tag == f"{_W}footnoteReference":
            notes.append(element.get(f"{_W}id", ""))
        elif element.tag == f"{_W}txbxContent":
            boxes.append(element)
        elif element.tag in _AS_TEXT:
            words.append(_AS_TEXT[str(element.tag)])
        elif element.tag not in _UNREAD and not (element.tag == f"{_W}r" and _hidden(element)):
            todo.append(iter(element))
    text = tidy("".join(words))
    level = document.levels.get(_value(paragraph, f"pPr/{_W}pStyle") or "", 0) or _outline(paragraph)
    if text and level == _TITLE:
        document.titles.append(one_line(text))
    else:
        yield heading(text, level) if level > 0 and text else Block(text)
    for box in boxes:
        yield from _blocks(box, document)
    for note in notes:
        if note in document.notes:
            yield from _blocks(document.notes[note], document)


def _hidden(run: etree._Element) -> bool:
    vanish = run.find(f"{_W}rPr/{_W}vanish")
    return vanish is not None and vanish.get(f"{_W}val", "true") not in {"0", "false"}


def _person(value: str | None) -> str | None:
    # python-docx and LibreOffice put their own names where nobody's stands.
    name = one_line(value)
    return name if name and name.lower() not in {"python-docx", "libreoffice", "user", "unknown", "author"} else None
