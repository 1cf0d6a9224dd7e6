"""The nouns of the read side: a hit, a citation, an answer.

Each holds the record it came from (`hit.passage.title`); render.py turns them into text, Markdown and JSON.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.records import Article, Passage
from search.period import Period


@dataclass(frozen=True)
class Signals:
    """What each ranking stage gave a passage; None where a stage did not score it.

    bm25: BM25 score, 0 and up. dense: inner product of unit vectors. late: mean best match of the question's
    tokens among the passage's, from -1 to 1. article_bm25, article_dense, article_late: the same for the whole
    article that the passage stands in, the last only over those of its passages that were reranked. neighbours: the
    mean blended score of the passages whose articles are most alike. direction: the
    vote on who does it to whom, from -1 to 1, where the question has a direction. period: what being of the time that
    the question names added. year: 1 for being of a year that the question names, -1 for being of others only.
    recency: what being new added, where that was asked for. reranker: the logit of a
    cross-encoder.
    """

    bm25: float | None
    dense: float | None
    late: float | None
    article_bm25: float | None = None
    article_dense: float | None = None
    article_late: float | None = None
    neighbours: float | None = None
    direction: float | None = None
    period: float | None = None
    year: float | None = None
    recency: float | None = None
    reranker: float | None = None


@dataclass(frozen=True)
class Hit:
    """A passage that was found; `score` orders the hits of one question and means nothing across questions.

    also_in: other articles that print the same. copies: the ids of their passages that do.
    """

    rank: int
    score: float
    passage: Passage
    signals: Signals
    also_in: tuple[Article, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Citation:
    """A quote and where it stands: `quote == hit.passage.article.text[start:end]`, always.

    marker: from 1, in reading order. rank: from 1, by how well it answers. also: quotes of other articles that make
    the same point. span: where in the article the few words stand that answer, within the quote, if they can be told.
    """

    marker: int
    hit: Hit
    start: int
    end: int
    rank: int
    also: tuple[Citation, ...] = ()
    span: tuple[int, int] | None = None

    @property
    def quote(self) -> str:
        """Return the exact characters of the article that this citation stands for."""
        return self.hit.passage.article.text[self.start : self.end]

    @property
    def sha256(self) -> str:
        """Return the digest of the whole article's text, so that the quote can be checked years later."""
        return self.hit.passage.article.sha256


@dataclass(frozen=True)
class Disagreement:
    """Articles that give different figures, days or names for one thing: each as it is written, with its quote."""

    values: tuple[tuple[str, Citation], ...]


@dataclass(frozen=True)
class Answer:
    """What the briefings say to a question, in their own words, or why there is no answer.

    reason: "" when answered, else one sentence for the person who asked. confidence: from 0 to 1. period: the time
    that the question names by the day it was asked on. unnamed: the states and leaders, as the question calls them,
    that no quoted article names in any way.
    """

    question: str
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    reason: str
    confidence: float
    disagreements: tuple[Disagreement, ...] = ()
    period: Period | None = None
    unnamed: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Return whether anything was quoted."""
        return bool(self.citations)

    @property
    def text(self) -> str:
        """Return the quotes, joined by spaces."""
        return " ".join(citation.quote for citation in self.citations)

    @property
    def period_note(self) -> str:
        """Return how the time that the question names was read, and whether anything found is of it; "" without one."""
        if self.period is None:
            return ""
        found = any(hit.signals.period for hit in self.hits)
        return f"“{self.period.words}” is read as {self.period}{'' if found else ': nothing found is of that time'}."

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the reader should know of the answer: how a time was read, and what no quoted article names."""
        names = " or ".join(f"“{name}”" for name in self.unnamed)
        return tuple(filter(None, (self.period_note, f"No article quoted here names {names}." if names else "")))
