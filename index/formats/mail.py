"""Letters and newsletters (.eml): what the letter says, not what hangs on it.

Formats: RFC 5322 and MIME.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from index.blocks import headline, one_line, tidy, web_address
from index.dates import iso_day
from index.errors import InputError
from index.formats.compose import compose, entry_id, language_tag, plain_blocks, with_text
from index.formats.html import read_html
from index.formats.markup import html_blocks
from index.records import Article, Dropped

MOST_HEADER_CHARACTERS = 2000
_HEADERS = ("From", "Subject", "Date", "Message-ID", "To", "Received")
_LIST_HEADERS = ("List-Id", "List-Unsubscribe", "List-Post")


def read_mail(data: bytes, article_id: str) -> Article:
    """Read one letter. Raises InputError where it is none, is encrypted or has no text."""
    with _damage_told():
        return _article(_message(data), article_id)


def read_letter(data: bytes, file_id: str, number: int) -> Article:
    """Read one letter of a mailbox, whose id is its Message-ID, else its number. Raises InputError likewise."""
    with _damage_told():
        message = _message(data)
        own = _header(message, "Message-ID").strip("<> ")
        return _article(message, entry_id(own, file_id, number))


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("is a damaged letter: save it from the mail program again") from error


def _message(data: bytes) -> Message:
    message = message_from_bytes(data)
    parts = list(message.walk())
    if not any(name in message for name in _HEADERS):
        raise InputError("is not a letter: it has no mail headers; save it from the mail program as .eml")
    if any(part.get_content_type() in ("multipart/encrypted", "application/pkcs7-mime") for part in parts):
        raise InputError("is encrypted: save it decrypted")
    return message


def _article(message: Message, article_id: str) -> Article:
    subject = headline(_header(message, "Subject"))
    dropped = [Dropped("attachment", name) for name in _attachments(message)]
    page = _text(message, "html")
    plain = tidy(_text(message, "plain"))
    article = _from_page(page, article_id, len(_words(plain)))
    if article is None:
        blocks = plain_blocks(plain) if plain else html_blocks(page)
        article = compose(blocks, article_id, title=subject)
    name, address = parseaddr(_header(message, "From"))
    sender = one_line(name) or one_line(address) or None
    from_list = any(header in message for header in _LIST_HEADERS)
    return replace(
        article,
        title=subject or article.title,
        # A newsletter is sent by its outlet, any other letter by who wrote it.
        source=sender if from_list and sender else article.source,
        author=article.author if from_list else sender or article.author,
        published=_day(message) or article.published,
        url=_address(message) or article.url,
        language=language_tag(_header(message, "Content-Language").split(",")[0]) or article.language,
        dropped=(*dropped, *article.dropped),
    )


def _from_page(page: str, article_id: str, plain_words: int) -> Article | None:
    """Read a letter's HTML as a page, unless that finds much less than the letter's plain text has."""
    if not page.strip():
        return None
    try:
        article = with_text(read_html(page.encode("utf-8", "replace"), article_id))
    except InputError:
        article = None
    return article if article and len(_words(article.text)) * 2 >= plain_words else None


def _words(text: str) -> list[str]:
    return re.findall(r"(?<![^\s(])[^\W\d_]{2,}", text)


def _text(message: Message, kind: str) -> str:
    """Return the letter's own text of one kind, "plain" or "html", that is no attachment."""
    found: list[str] = []
    for part in _own_parts(message):
        if part.get_content_type() == f"text/{kind}" and part.get_content_disposition() != "attachment":
            found.append(_decoded(part))
    return "\n\n".join(found)


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    said = part.get_content_charset() or "utf-8"
    for charset in ("utf-8", "cp1252") if said in ("us-ascii", "ascii", "iso-8859-1", "latin-1") else (said,):
        try:
            return data.decode(charset)
        except (UnicodeError, LookupError):
            continue
    raise InputError(f"says that its text is in {one_line(said)[:40]}, which it is not: save it again as UTF-8")


def _own_parts(message: Message) -> Iterator[Message]:
    """Yield the parts of a letter, without those of letters attached to it."""
    if message.get_content_type() == "message/rfc822":
        return
    payload = message.get_payload()
    if not isinstance(payload, list):
        yield message
        return
    for part in payload:
        if isinstance(part, Message):
            yield from _own_parts(part)


def _attachments(message: Message) -> Iterator[str]:
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            yield "a letter"
        elif part.get_content_disposition() == "attachment":
            yield one_line(part.get_filename()) or "a file"


def _header(message: Message, name: str) -> str:
    """Return a header as one line, decoded; nothing where it is missing or cannot be decoded."""
    raw = next((str(value) for header, value in message.raw_items() if header.lower() == name.lower()), "")
    text = raw[:MOST_HEADER_CHARACTERS].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        pieces = decode_header(text)
        decoded = "".join(
            piece.decode(charset or "latin-1", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in pieces
        )
    except (HeaderParseError, ValueError, LookupError):
        decoded = text
    return one_line(decoded)


def _day(message: Message) -> str | None:
    text = _header(message, "Date")
    try:
        return iso_day(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return iso_day(text)


def _address(message: Message) -> str | None:
    """Return where a newsletter's letter stands on the web, where its headers say so."""
    return web_address(_header(message, "Archived-At").strip("<>"))
