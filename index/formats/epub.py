"""E-books (.epub): one article, its chapters in reading order, each under its heading.

Format: W3C EPUB 3.3; what is read here is the same in EPUB 2.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from lxml import etree

from index.blocks import Block, heading, one_line
from index.dates import iso_day
from index.errors import InputError
from index.formats.compose import compose
from index.formats.markup import html_blocks, html_root
from index.formats.zipped import Parts
from index.records import Article

KIND = ".epub"
_CONTAINER = "META-INF/container.xml"
_LOCKED = "META-INF/encryption.xml"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def read_epub(data: bytes, article_id: str) -> Article:
    """Read one e-book. Raises InputError where it is protected, damaged or without text."""
    parts = Parts(data, KIND)
    package_name = _package_name(parts)
    package = parts.xml(package_name)
    chapters = _chapters(package, posixpath.dirname(package_name))
    if not chapters:
        raise InputError("lists no chapters: export the book as .epub again")
    _check_unlocked(parts, chapters)
    title = " ".join(_known(package, "title")[:1])
    addresses = [*_known(package, "source"), *_known(package, "identifier")]
    return compose(
        _blocks(parts, chapters, title),
        article_id,
        title=title,
        source=", ".join(_known(package, "publisher")) or None,
        published=next(filter(None, map(iso_day, _known(package, "date"))), None),
        author=", ".join(_known(package, "creator")) or None,
        url=next((address for address in addresses if address.startswith(("http://", "https://"))), None),
        language=next(iter(_known(package, "language")), None),
    )


def _package_name(parts: Parts) -> str:
    for root in parts.xml(_CONTAINER).iter("{*}rootfile"):
        name = root.get("full-path")
        if name:
            return name
    raise InputError("names no package: export the book as .epub again")


def _chapters(package: etree._Element, folder: str) -> list[str]:
    """Return the names of the parts that the book is read through, in order; notes outside that order go."""
    pages = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in package.iter(f"{_OPF}item")
        if item.get("media-type") in _PAGES and "nav" not in item.get("properties", "").split()
    }
    order = (item.get("idref") for item in package.iter(f"{_OPF}itemref") if item.get("linear") != "no")
    return list(dict.fromkeys(pages[idref] for idref in order if idref in pages))


def _check_unlocked(parts: Parts, chapters: Sequence[str]) -> None:
    # Fonts may be locked in any book; a chapter is only where the shop protects the book.
    if _LOCKED not in parts:
        return
    locked = {unquote(place.get("URI", "")) for place in parts.xml(_LOCKED).iter("{*}CipherReference")}
    if locked.intersection(chapters):
        raise InputError("is protected against copying: use a copy without protection")


def _known(package: etree._Element, name: str) -> list[str]:
    return [text for text in (one_line(element.text) for element in package.iter(f"{_DC}{name}")) if text]


def _blocks(parts: Parts, chapters: Sequence[str], title: str) -> Iterator[Block]:
    for name in chapters:
        page = _as_html(parts.read(name))
        blocks = list(html_blocks(page))
        if blocks and not any(block.level for block in blocks):
            head = _page_title(page)
            if head and head != title:
                yield heading(head, 1)
        yield from blocks


def _as_html(page: bytes) -> str:
    """Return a chapter as text; XHTML is UTF-8 unless it says otherwise."""
    said = re.match(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w-]{1,40})", page)
    wide = page.startswith((b"\xff\xfe", b"\xfe\xff"))
    encoding = "utf-16" if wide else said[1].decode("ascii") if said else "utf-8-sig"
    try:
        text = page.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise InputError(f"has a chapter that is not in {encoding}: export the book as .epub again") from error
    # To browsers <title/> opens a title that never ends; in XHTML it is a whole one.
    return re.sub(r"<(title|script|style|a|p|div|span|i|b|em)\b([^<>]{0,500})/>", r"<\1\2></\1>", text)


def _page_title(page: str) -> str:
    root = html_root(page)
    return one_line(root.findtext(".//title")) if root is not None else ""
