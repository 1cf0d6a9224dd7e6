"""Plain text: the first line is the headline, blank lines part the paragraphs."""

from __future__ import annotations

import re

from index.blocks import MOST_HEADLINE_CHARACTERS, Block, assemble, one_line, tidy
from index.clean import clean
from index.errors import InputError
from index.records import Article
from index.sentences import paragraph_spans

MOST_TITLE_WORDS = 25

# A scraped page's first line is often its window's title: "Headline | Outlet".
_OUTLET = re.compile(r"(?P<title>.*\S) \| (?P<source>[^|]{3,40})")


def read_plain(text: str, article_id: str) -> Article:
    """Read one plain-text article. A first line that is long or ends like a sentence is no headline."""
    tidied = tidy(text)
    paragraphs = [tidied[start:end] for start, end in paragraph_spans(tidied)]
    title, paragraphs = parted_headline(paragraphs)
    outlet = _OUTLET.fullmatch(title)
    if outlet:
        title = outlet["title"]
    cleaned = clean([Block(paragraph) for paragraph in paragraphs], title=title)
    body, headings = assemble(cleaned.kept)
    return Article(
        article_id=article_id,
        title=title,
        text=body,
        headings=headings,
        source=cleaned.source or (outlet["source"] if outlet else None),
        published=cleaned.published,
        author=cleaned.author,
        dropped=cleaned.dropped,
    )


def parted_headline(paragraphs: list[str]) -> tuple[str, list[str]]:
    """Return the headline, if the first line is one, and the paragraphs below it."""
    if len(paragraphs) < 2:
        return "", paragraphs
    first, _, rest = paragraphs[0].partition("\n")
    if (
        len(first) > MOST_HEADLINE_CHARACTERS
        or len(first.split()) > MOST_TITLE_WORDS
        or first.endswith((".", ",", ";", ":"))
    ):
        return "", paragraphs
    return one_line(first), [rest, *paragraphs[1:]] if rest else paragraphs[1:]


def decoded(data: bytes) -> str:
    """Return the bytes of a text file as text. Raises InputError where they are neither UTF-8 nor marked UTF-16."""
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
