"""Plain text: the first line is the headline, blank lines part the paragraphs."""

from __future__ import annotations

import re

from index.blocks import MOST_HEADLINE_CHARACTERS, Block, assemble, one_line, tidy
from index.clean import clean
from index.records import Article
from index.sentences import paragraph_spans

MOST_TITLE_WORDS = 25

# A scraped page's first line is often its window's title: "Headline | Outlet".
_OUTLET = re.compile(r"(?P<title>.*\S) \| (?P<source>[^|]{3,40})")


def read_plain(text: str, article_id: str) -> Article:
    """Read one plain-text article. A first line that is long or ends like a sentence is no headline."""
    tidied = tidy(text)
    paragraphs = [tidied[start:end] for start, end in paragraph_spans(tidied)]
    title, paragraphs = _headline(paragraphs)
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


def _headline(paragraphs: list[str]) -> tuple[str, list[str]]:
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
