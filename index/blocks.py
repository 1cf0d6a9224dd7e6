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
_BY = re.compile(r"(?:(?:words|written|reporting|posted|published)\s+)?by\b:?\s+", re.IGNORECASE)
_NAME_END = re.compile(r"\s*(?:[;|•·\n]|,?\s+\band\b\s+|,\s+|\s+&\s+)\s*", re.IGNORECASE)
_NO_NAME = re.compile(
    r"@|https?:|www\.|\d{2}|^(?:admin|editor|staff|author|unknown|none|null|guest|updated|published|posted|share)$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:^|\s+)(?:(?:senior|staff|chief|special|political|national|foreign|deputy|associate|contributing|managing|news|"
    r"science|business|sports?|health|technology|tech|(?-i:[A-Z]{2,5}))\s+)*"
    r"(?:writer|reporter|correspondent|editor|contributor|columnist|journalist|producer|reviewer)s?$",
    re.IGNORECASE,
)
_LETTERS_BEHIND_A_NAME = re.compile(r"[A-Z][A-Za-z.]{0,2}[A-Z.]{1,3}")  # "PhD", "RDN", "CNN"

MOST_HEADING_WORDS = 20
MOST_AUTHORS = 12
MOST_NAME_WORDS = 8
MOST_HEADLINE_CHARACTERS = 300  # a title stands before each of its article's passages, a heading before its section's


@dataclass(frozen=True)
class Block:
    """One paragraph or heading; `level` is 0 for a paragraph, 1 and up for headings.

    `linked` is the share of its letters that are links, as far as its format says so; `row` marks a table's row.
    """

    text: str
    level: int = 0
    linked: float = 0.0
    row: bool = False


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


def people(values: Iterable[str]) -> list[str]:
    """Return each name once, without "By" before it or a role behind it."""
    names: dict[str, str] = {}
    for value in (each for each in values if len(each) <= MOST_HEADLINE_CHARACTERS):
        for number, part in enumerate(_NAME_END.split(_BY.sub("", value, count=1) if _BY.match(value) else value)):
            name = _ROLE.sub("", part.strip(" .,()")).strip(" .,()")
            if number and _LETTERS_BEHIND_A_NAME.fullmatch(name):
                continue
            if name and len(name.split()) <= MOST_NAME_WORDS and not _NO_NAME.search(name):
                names.setdefault(letters(name), name)
    return list(names.values())[:MOST_AUTHORS]


def letters(text: str) -> str:
    """Return what two spellings of a line share: pages write the same headline with straight and with curly quotes."""
    return "".join(character for character in text.casefold() if character.isalnum())


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
