"""Rich Text Format (.rtf): striprtf finds the text; outline levels mark the headings.

Format: Microsoft, "Rich Text Format (RTF) Specification", version 1.9.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.blocks import Block, heading, one_line, tidy
from index.errors import InputError
from index.formats.compose import compose, given_title
from index.records import Article

_OUTLINE = re.compile(r"(\\outlinelevel([0-8])) ?(?![0-9])")
_LEVELS = {chr(0xE000 + level): level + 1 for level in range(9)}  # private characters: no text holds them
_PROPERTY = r"\{{\\{}\s([^{{}}]{{1,1000}})\}}"
MOST_FONT_TABLE = 100_000
_INFO_CHARACTERS = 100_000  # how far down a file its properties can stand


def read_rtf(data: bytes, article_id: str) -> Article:
    """Read one RTF file. Raises InputError where it is none, or is damaged or without text."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise InputError("is not RTF, whatever its name says: save it as .rtf again")
    # striprtf decodes escaped bytes by code page and font, so every byte beyond ASCII is escaped for it.
    escaped = re.sub(rb"[\x80-\xff]", lambda byte: b"\\'%02x" % byte[0][0], data.strip())
    source = escaped.decode("ascii")
    if "\\bin" not in source:  # counts bytes, so nothing may be put in
        # Line ends mean nothing in RTF, and on short lines no pattern of striprtf's runs long; the one that
        # would write a link's address behind its words finds none.
        source = source.replace("}", "}\n").replace("\\fldinst", "\n\\fldinst")
    marked = _OUTLINE.sub(lambda found: f"{found[1]} {chr(0xE000 + int(found[2]))}", source)
    return compose(
        _blocks(tidy(_text(marked))),
        article_id,
        title=given_title(_property(source, "title")),
        author=_property(source, "author"),
    )


def _text(source: str) -> str:
    from striprtf.striprtf import font_table_group, rtf_to_text

    if len(font_table_group(source)) > MOST_FONT_TABLE:  # type: ignore[no-untyped-call]
        raise InputError(f"has a font table of over {MOST_FONT_TABLE // 1000} KB: save it as .rtf again")
    try:
        text: str = rtf_to_text(source)  # type: ignore[no-untyped-call]
    except UnicodeDecodeError as error:
        raise InputError("has characters that its code page does not have: save it as .rtf again") from error
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise InputError("is damaged RTF: open it in a word processor and save it again") from error
    # Beyond U+FFFF a character is written as two surrogates.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _blocks(text: str) -> Iterator[Block]:
    for line in text.split("\n"):
        level = _LEVELS.get(line[:1], 0)
        words = "".join(character for character in line if character not in _LEVELS).strip()
        if words.endswith("|"):  # a row of a table
            words = " | ".join(filter(None, (cell.strip() for cell in words.split("|"))))
        yield heading(words, level) if level and words else Block(words)


def _property(source: str, name: str) -> str | None:
    found = re.search(_PROPERTY.format(name), source[:_INFO_CHARACTERS].replace("}\n", "}"))
    return one_line(_text(f"{{\\rtf1 {found[1]}}}")) or None if found else None
