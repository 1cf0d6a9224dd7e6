"""Blocks: what a file's paragraphs and headings are before they become one article's text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from index.records import Heading

# One for one, so that offsets into a text that was given to us (a BEIR line) stay true: control characters,
# the byte-order mark, and the overrides that make a line read other than it is stored.
_HARMFUL = {
    **{code: " " for code in (*range(0x00, 0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"},
    **dict.fromkeys((65279, *range(8234, 8239), *range(8294, 8298)), " "),
    **dict.fromkeys(range(55296, 57344), "�"),
}
_SPACES = re.compile(r"[^\S\n]+")


MOST_HEADING_WORDS = 20
MOST_HEADLINE_CHARACTERS = 300  # a title stands before each of its article's passages, a heading before its section's


@dataclass(frozen=True)
class Block:
    """One paragraph or heading; `level` is 0 for a paragraph, 1 and up for headings."""

    text: str
    level: int = 0


def harmless(text: str) -> str:
    """Replace control characters, direction overrides and lone surrogates, keeping every offset."""
    return text.translate(_HARMFUL)


def tidy(text: str) -> str:
    """Return text for a new article: harmless, in Unicode's composed form, one space between words."""
    composed = unicodedata.normalize("NFC", harmless(text.replace("\r\n", "\n").replace("\r", "\n")))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in composed.split("\n")).strip()


def one_line(value: object) -> str:
    """Return a title, name or other field as one harmless line; anything but a string or number is empty."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", harmless(value)).split())
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def headline(value: object) -> str:
    """Return a title as one line, cut at a word where it is longer than any title is."""
    line = one_line(value)
    if len(line) <= MOST_HEADLINE_CHARACTERS:
        return line
    cut = line[: MOST_HEADLINE_CHARACTERS - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def heading(text: str, level: int) -> Block:
    """Return a heading, or a paragraph where the text is too long to head anything."""
    if len(text) > MOST_HEADLINE_CHARACTERS or (level > 1 and len(text.split()) > MOST_HEADING_WORDS):
        return Block(text)
    return Block(one_line(text), level)


def field(values: Mapping[str, object], *names: str) -> str | None:
    """Return the first of the named values that says something, as one line; a list is joined by commas."""
    for name in names:
        value = values.get(name)
        text = ", ".join(filter(None, map(one_line, value))) if isinstance(value, list) else one_line(value)
        if text:
            return text
    return None


def web_address(value: str | None) -> str | None:
    """Return a link that is safe to show as one: http or https, without spaces; else None."""
    if value and re.fullmatch(r"https?://[^\s<>\"']{1,2000}", value, re.IGNORECASE):
        return value
    return None


def assemble(blocks: Iterable[Block]) -> tuple[str, tuple[Heading, ...]]:
    """Join blocks with blank lines; return the text and where its headings stand."""
    parts: list[str] = []
    headings: list[Heading] = []
    at = 0
    for block in blocks:
        if block.level:
            headings.append(Heading(at, at + len(block.text), block.level))
        parts.append(block.text)
        at += len(block.text) + 2
    return "\n\n".join(parts), tuple(headings)
