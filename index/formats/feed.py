"""RSS and Atom files (.rss, .atom, .xml): feedparser reads them; each entry is an article.

Only the file is read: nothing that it links to is fetched.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

from index.blocks import Block, one_line, tidy
from index.dates import iso_day
from index.errors import InputError
from index.formats.compose import Entry, compose, entry_id, plain_blocks
from index.formats.markup import html_blocks
from index.records import Article

MOST_FEED_BYTES = 20_000_000
_DATES = ("published", "created", "updated")


def read_feed(content: BinaryIO, file_id: str) -> Iterator[Entry]:
    """Yield each entry of a feed; its id is its guid or link, else its number. Raises InputError for no feed."""
    feed = _parsed(content)
    known = feed.feed
    if not feed.entries:
        raise InputError("is a feed without entries: save it again when it has some")
    for number, entry in enumerate(feed.entries, start=1):
        place = f" entry {number}"
        article_id = entry_id(entry.get("id") or entry.get("link"), file_id, number)
        try:
            yield place, _article(entry, known, article_id)
        except InputError as error:
            yield place, error
    if _damaged(feed):
        reason = one_line(str(feed.bozo_exception))[:80]
        yield "", InputError(f"is damaged XML ({reason}): entries may be missing; save the feed again")


def _parsed(content: BinaryIO) -> Any:
    import feedparser

    data = content.read(MOST_FEED_BYTES + 1)
    if len(data) > MOST_FEED_BYTES:
        raise InputError(f"is larger than {MOST_FEED_BYTES // 1_000_000} MB: split it into several feeds")
    if not data.strip():
        raise InputError("is empty: save the feed again or remove it")
    try:
        # As a file object, since text that looks like a name or an address would be opened.
        feed = feedparser.parse(io.BytesIO(data), resolve_relative_uris=False, sanitize_html=False)
    except Exception as error:  # its fallback for broken XML raises whatever the breakage leads to
        raise InputError("is a damaged feed: save it again") from error
    if not feed.get("version"):
        raise InputError("is XML, but not an RSS or Atom feed: those are the only .xml files that are read")
    return feed


def _damaged(feed: Any) -> bool:
    from feedparser.exceptions import CharacterEncodingOverride, NonXMLContentType

    return bool(feed.bozo) and not isinstance(feed.get("bozo_exception"), CharacterEncodingOverride | NonXMLContentType)


def _article(entry: Any, feed: Any, article_id: str) -> Article:
    title = " ".join(block.text for block in _blocks(entry.get("title_detail") or {}))
    contents = [*entry.get("content", []), entry.get("summary_detail") or {}]
    longest = max(contents, key=lambda content: len(content.get("value") or ""))
    blocks = _blocks(longest)
    source = entry.get("source") or {}
    authors = [one_line(author.get("name")) for author in entry.get("authors", []) if author]
    return compose(
        # A feed of headlines alone is found by them.
        blocks or [Block(tidy(title))],
        article_id,
        title=title if blocks else "",
        source=one_line(source.get("title")) or one_line(feed.get("title")) or None,
        published=next(filter(None, (_day(entry.get(name)) for name in _DATES)), None),
        author=", ".join(filter(None, authors)) or one_line(entry.get("author")) or None,
        url=one_line(entry.get("link")),
        language=longest.get("language") or feed.get("language"),
    )


def _blocks(content: Any) -> list[Block]:
    value = content.get("value") or ""
    if content.get("type") == "text/plain" and not ("<" in value and ">" in value):
        return plain_blocks(tidy(value))
    return list(html_blocks(value))


def _day(value: object) -> str | None:
    """Return the day as its writer's clock had it."""
    try:
        return iso_day(parsedate_to_datetime(one_line(value)))
    except (ValueError, TypeError, IndexError, OverflowError):
        return iso_day(value)
