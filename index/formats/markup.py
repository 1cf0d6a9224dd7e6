"""Fragments of HTML, as feeds, e-books and letters hold them, to blocks: all of their text, in order.

Whole pages are read by html.py, which parts the article from what surrounds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from index.blocks import Block, heading, tidy
from index.errors import InputError

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = re.compile(
    r"address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form"
    r"|h[1-6]|header|hgroup|hr|html|li|main|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
)
_UNSEEN = re.compile(r"script|style|head|template|noscript|svg|math|object|iframe|audio|video|nav")
_SPACES = re.compile(r"\s+")


def html_blocks(html: str | bytes) -> Iterator[Block]:
    """Yield the paragraphs, headings, list items and table rows of a piece of HTML, without looking anything up.

    Raises InputError where it cannot be parsed.
    """
    root = html_root(html)
    if root is None:
        return
    parts: list[str] = []
    level = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = str(element.tag)
        if event == "start" and _UNSEEN.fullmatch(tag):
            walk.skip_subtree()
            continue
        breaks = _BLOCKS.fullmatch(tag) or (tag in ("td", "th") and _holds_blocks(element))
        if breaks:
            text = tidy("".join(parts)).removesuffix(" |")
            parts.clear()
            if text:
                yield heading(text, level) if level else Block(text)
            level = _HEADINGS.get(tag, 0) if event == "start" else 0
        if event == "start":
            parts.append("\n" if tag == "br" else _SPACES.sub(" ", element.text or ""))
        else:
            parts.append(" | " if tag in ("td", "th") and not breaks else "")
            parts.append(_SPACES.sub(" ", element.tail or ""))
    text = tidy("".join(parts))
    if text:
        yield Block(text)


def html_root(html: str | bytes) -> etree._Element | None:
    """Parse HTML as browsers would, with no network and no entities but HTML's own; None where it is empty."""
    data = html.encode("utf-8", "replace") if isinstance(html, str) else html
    parser = etree.HTMLParser(
        encoding="utf-8" if isinstance(html, str) else None,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(data, parser) if data.strip() else None
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise InputError("holds HTML that cannot be parsed: open it in a browser and save it again") from error
    if any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log):  # the rest would be missing
        raise InputError("holds HTML nested too deeply or paragraphs of over 10 MB: split it or save it anew")
    return root


def _holds_blocks(cell: etree._Element) -> bool:
    # A table that lays out a page has paragraphs and tables in its cells; one of figures has words.
    return any(_BLOCKS.fullmatch(str(child.tag)) for child in cell)
