"""What stands around the article on a web page, piece by piece, each with the kind of place that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from index.blocks import letters, tidy
from index.records import Dropped

MOST_PIECES = 400
MOST_COMPARED = 100_000_000  # letters: pieces are looked for in the article one by one
EDGE = 60  # characters at the beginning and end of a piece by which it is found in the article

_UNSEEN = frozenset({"script", "style", "noscript", "template", "head", "svg", "iframe", "object", "select"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "br", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span", "strong",
     "sub", "sup", "time", "u", "wbr"}
)  # fmt: skip
# By what its element or one around it is or is called; the innermost that says something counts.
_PLACES = (
    ("caption", re.compile(r"^figcaption$|caption|credit")),
    ("cookie notice", re.compile(r"cookie|consent|gdpr")),
    ("sign-up", re.compile(r"newsletter|subscri|sign-?up")),
    ("share bar", re.compile(r"share|social")),
    ("teasers", re.compile(r"related|recommend|teaser|promo|trending|popular|most-?read|read-?next|more-?(?:from|on)")),
    ("byline", re.compile(r"byline|author")),
    ("comments", re.compile(r"comment")),
    ("navigation", re.compile(r"^nav$|\bnav|menu|breadcrumb")),
    ("footer", re.compile(r"^footer$|footer|copyright")),
    ("advertisement", re.compile(r"\bads?\b|advert|sponsor")),
    ("aside", re.compile(r"^aside$|sidebar")),
    ("form", re.compile(r"^form$")),
)
ELSEWHERE = "outside the article"


def pieces_of(tree: etree._Element) -> list[Dropped]:
    """Return the pieces of text that a page shows, the first MOST_PIECES of them."""
    pieces: list[Dropped] = []
    places = [ELSEWHERE]
    run: list[str] = []
    unseen = 0

    def end_piece() -> None:
        text = tidy(" ".join("".join(run).split()))
        if text:
            pieces.append(Dropped(places[-1], text))
        run.clear()

    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if len(pieces) >= MOST_PIECES:
            break
        shown = isinstance(element.tag, str) and element.tag not in _UNSEEN
        parts = element.tag not in _INLINE
        if event == "start":
            unseen += not shown
            if parts:
                end_piece()
                places.append(_place(element) or places[-1])
            text = element.text
        else:
            if parts:
                end_piece()
                places.pop()
            unseen -= not shown
            text = element.tail
        if text and not unseen and (event == "end" or shown):
            run.append(text)
    return pieces[:MOST_PIECES]


def outside(pieces: Iterable[Dropped], article: str) -> tuple[Dropped, ...]:
    """Return the pieces that are not in the text of the article, nor in what was dropped from it; each once."""
    whole = letters(article)
    left = MOST_COMPARED
    found: dict[tuple[str, str], Dropped] = {}
    for piece in pieces:
        edges = (letters(piece.text[:EDGE]), letters(piece.text[-EDGE:]))
        if not any(edges) or edges in found or left <= 0:
            continue
        left -= len(whole)
        if not all(edge in whole for edge in edges):
            found[edges] = piece
    return tuple(found.values())


def _place(element: etree._Element) -> str | None:
    called = f"{element.get('class') or ''} {element.get('id') or ''}".lower()[:2000]
    for place, pattern in _PLACES:
        if element.tag not in ("html", "body", "main", "article") and (
            pattern.search(str(element.tag)) or pattern.search(called)
        ):
            return place
    return None
