"""What readers of documents share: blocks and what is known of an article become that article."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from index.blocks import Block, assemble, headline, one_line, web_address
from index.clean import clean
from index.errors import InputError
from index.formats.beir import MOST_ID_CHARACTERS
from index.formats.plain import paragraphs_of, parted_headline
from index.records import Article, Dropped
from index.sections import sections_of

# One of a file's several articles, or what is wrong with it, behind its place: " row 3", "/member.txt line 5".
Entry = tuple[str, Article | InputError]

# What would break the columns of a TREC run, what is no character to see, and what turns a line around.
_NOT_IN_AN_ID = re.compile(r"[\s%\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,3}")
# What programs write into a file's properties when nobody has given it a title.
_NO_TITLE = re.compile(
    r"(?:untitled|document|unknown|none|title|word document|powerpoint presentation)\s*\d*"
    r"|(?:microsoft )?(?:word|powerpoint) - .*|.*\.(?:docx?|odt|rtf|pdf|indd|qxp|tmp|html?)",
    re.IGNORECASE,
)


def compose(
    blocks: Iterable[Block],
    article_id: str,
    *,
    title: str = "",
    source: str | None = None,
    published: str | None = None,
    author: str | None = None,
    url: str | None = None,
    language: str | None = None,
    dropped: Iterable[Dropped] = (),
) -> Article:
    """Return the article that the blocks make; what is not given is looked for at the top of the text.

    Raises InputError where the blocks hold no text that could be found.
    """
    kept = [block for block in blocks if block.text]
    title = headline(title)
    if not title and kept and kept[0].level:
        title = headline(kept[0].text)
    elif not title and len(kept) > 1:
        title, first = parted_headline([block.text for block in kept[:2]])
        kept = [Block(text) for text in first] + kept[2:] if title else kept
    cleaned = clean(kept, title=title)
    body, headings = assemble(cleaned.kept)
    return with_text(
        Article(
            article_id=article_id,
            title=title,
            text=body,
            headings=headings,
            source=source or cleaned.source,
            published=published or cleaned.published,
            author=author or cleaned.author,
            url=web_address(url),
            language=language_tag(language),
            dropped=(*dropped, *cleaned.dropped),
        )
    )


def with_text(article: Article) -> Article:
    """Return the article. Raises InputError where it has no text: headings alone cannot be found."""
    if not sections_of(article):
        raise InputError("holds no article text: see what was dropped with 'briefings inspect'")
    return article


def plain_blocks(text: str) -> list[Block]:
    """Return the paragraphs of a tidied text."""
    return [Block(paragraph) for paragraph in paragraphs_of(text)]


def given_title(value: object) -> str:
    """Return the title that a file's properties give, or nothing where a program made it up."""
    title = one_line(value)
    return "" if _NO_TITLE.fullmatch(title) else title


def language_tag(value: object) -> str | None:
    """Return a language as its tag, "en-gb", or None where the value is no tag."""
    tag = one_line(value).lower()
    return tag.replace("_", "-") if _LANGUAGE.fullmatch(tag) else None


def safe_id(text: str) -> str:
    """Return an id that stands in one column of a run: spaces and the like are percent-encoded."""
    return _NOT_IN_AN_ID.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


def entry_id(own: object, file_id: str, number: int) -> str:
    """Return the id of an entry: its own, else its file's with the entry's number."""
    text = safe_id(one_line(own))
    if len(text) > MOST_ID_CHARACTERS:  # tracking links serve as ids in some feeds
        text = f"{text[: MOST_ID_CHARACTERS - 20]}~{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return text or f"{file_id}#{number}"
