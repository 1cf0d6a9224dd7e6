"""HTML pages: trafilatura finds the article; its headings and metadata come along.

Barbaresi, "Trafilatura: A Web Scraping Library and Command-Line Tool", ACL 2021 demonstrations,
https://aclanthology.org/2021.acl-demo.15/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from index.blocks import Block, assemble, heading, headline, one_line, tidy, web_address
from index.clean import clean
from index.dates import iso_day
from index.errors import InputError
from index.records import Article

_LANGUAGE = re.compile(rb"<html[^>]{0,500}?\blang\s*=\s*[\"']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)", re.IGNORECASE)
# "Headline | Outlet", where the page's title carries the outlet's name.
_OUTLET = r"\s+[|–—-]\s+{}\s*$"
_HOLDERS = frozenset({"p", "head", "list", "item", "quote", "table", "row", "div"})


def read_html(page: bytes, article_id: str) -> Article:
    """Read one HTML page. Raises InputError where it holds no article."""
    from trafilatura import bare_extraction  # takes a second to load; only pages need it

    found = bare_extraction(page, with_metadata=True, include_comments=False)
    if found is None or isinstance(found, dict) or found.body is None:
        raise InputError("no article was found in it: check that it is a whole HTML page")
    source = one_line(found.sitename) or None
    title = one_line(found.title)
    if source:
        title = re.sub(_OUTLET.format(re.escape(source)), "", title)
    title = headline(title)
    cleaned = clean([block for block in _blocks(found.body) if block.text], title=title)
    body, headings = assemble(cleaned.kept)
    language = _LANGUAGE.search(page[:20_000])
    return Article(
        article_id=article_id,
        title=title,
        text=body,
        headings=headings,
        source=source,
        published=iso_day(found.date) or cleaned.published,
        author=one_line(found.author) or cleaned.author,
        url=web_address(one_line(found.url)),
        language=language[1].decode("ascii").lower() if language else None,
        dropped=cleaned.dropped,
    )


def _blocks(element: etree._Element, rank: int = 0) -> Iterator[Block]:
    """Walk trafilatura's tree; whatever holds no further blocks is one itself."""
    if element.tag == "row":
        yield Block(" | ".join(filter(None, (one_line(_text(cell)) for cell in element))))
    elif any(child.tag in _HOLDERS for child in element):
        yield Block(tidy(element.text or ""))
        for child in element:
            yield from _blocks(child, _rank(child))
            yield Block(tidy(child.tail or ""))
    else:
        text = tidy(_text(element))
        # A standfirst is often marked up as a heading; it reads as a sentence and heads nothing.
        heads = rank and not text.endswith((".", ",", ";"))
        yield heading(text, rank) if heads else Block(text)


def _rank(element: etree._Element) -> int:
    """Return 1 to 6 for a heading, 0 for anything else."""
    if element.tag != "head":
        return 0
    rank = str(element.get("rend") or "h2")[1:]
    return int(rank) if rank in {"1", "2", "3", "4", "5", "6"} else 2


def _text(element: etree._Element) -> str:
    for line_break in element.iter("lb"):
        line_break.tail = "\n" + (line_break.tail or "")
    return "".join(str(part) for part in element.itertext())
