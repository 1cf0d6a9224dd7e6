"""The nouns of the write side: an article, its sections, the passages cut from them.

All three are plain values. Every offset counts characters (code points) of `Article.text`, which never
changes once the article is read: a quote is `article.text[start:end]`, today and in ten years.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

SectionKind = Literal["lead", "heading", "run-in", "question"]


@dataclass(frozen=True)
class Heading:
    """A line of the article's text that its file marks as a heading; level 1 is the highest."""

    start: int
    end: int
    level: int


@dataclass(frozen=True)
class Dropped:
    """A block that was in the file but is not part of the article, and the rule that says so.

    Where the rule was learned from other articles, `at` is the block's place among the article's, and `level` its rank.
    """

    rule: str
    text: str
    at: int | None = None
    level: int = 0


@dataclass(frozen=True)
class Article:
    """One article: its cleaned text and what its file says about it. Unknown stays None."""

    article_id: str
    title: str
    text: str
    headings: tuple[Heading, ...] = ()
    source: str | None = None
    published: str | None = None  # ISO 8601 date, YYYY-MM-DD
    author: str | None = None
    url: str | None = None
    language: str | None = None
    dropped: tuple[Dropped, ...] = field(default=(), compare=False)
    around: tuple[Dropped, ...] = field(default=(), compare=False)  # of its page; shown where a file is read, not kept
    verbatim: bool = field(default=False, compare=False)  # when read: its file gave the text, and nothing may be cut

    @property
    def sha256(self) -> str:
        """Return the hex digest of the text that quotes are checked against."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Section:
    """A stretch of an article under one head; "lead" is text that stands under none."""

    heading: str
    kind: SectionKind
    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """Sentences of one section, about 130 words: the unit that is embedded, ranked and shown."""

    article: Article
    section: Section
    ordinal: int
    start: int
    end: int

    @property
    def passage_id(self) -> str:
        """Return the id that results carry: the article's id, `#`, and the passage's place in it."""
        return f"{self.article.article_id}#{self.ordinal}"

    @property
    def title(self) -> str:
        """Return the headline of the article that holds this passage."""
        return self.article.title

    @property
    def text(self) -> str:
        """Return what is shown: the article's own characters, unchanged."""
        return self.article.text[self.start : self.end]
