"""One hit for a story that several outlets printed, and no article that fills the page.

A wire copy is another article's passage with nearly the same vector, published within a few days, that shares
enough of its words in a row and gives no other figure or name. True copies are edited: they share about a third of
their three-word runs, which is why vectors find them and words only check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from index.names import Names
from index.records import Article, Passage
from index.store import Store
from search.naming import told_otherwise
from search.retrieve import Ranked

CLOSE = 0.7  # inner product of the two vectors
SHARED_RUNS = 0.25  # of the shorter passage's three-word runs
DAYS_APART = 3
MOST_OF_ONE_ARTICLE = 3  # passages, while other articles have some left


@dataclass(frozen=True)
class Chosen:
    """A passage to show, the other articles that print the same, and the numbers of their passages."""

    ranked: Ranked
    also_in: tuple[Article, ...] = ()
    copies: tuple[int, ...] = ()


@dataclass
class _Kept:
    """A passage that is shown, and those of other articles that print the same."""

    ranked: Ranked
    passage: Passage
    place: int
    copies: list[_Kept] = field(default_factory=list)

    def chosen(self) -> Chosen:
        articles = {copy.passage.article.article_id: copy.passage.article for copy in self.copies}
        articles.pop(self.passage.article.article_id, None)
        return Chosen(self.ranked, tuple(articles.values()), tuple(copy.ranked.number for copy in self.copies))


def looked_at(wanted: int) -> int:
    """Return how many ranked passages are looked at to choose so many."""
    return 3 * wanted + 10


def choose(store: Store, names: Names, ranked: Sequence[Ranked], wanted: int) -> list[Chosen]:
    """Choose up to `wanted` passages in their order, each with the other articles that print the same.

    An article gives at most MOST_OF_ONE_ARTICLE passages while others have some left.
    """
    candidates = ranked[: looked_at(wanted)]
    numbers = [found.number for found in candidates]
    passages = store.passages(numbers)
    vectors = store.vectors(numbers) if numbers else np.empty((0, 0), dtype=np.float32)
    close = vectors @ vectors.T >= CLOSE
    kept: list[_Kept] = []
    over: list[_Kept] = []
    for place, found in enumerate(candidates):
        candidate = _Kept(found, passages[found.number], place)
        near = (other for other in kept if close[place, other.place])
        original = next((other for other in near if is_copy(candidate.passage, other.passage, names)), None)
        if original is not None:
            original.copies.append(candidate)
        elif len(kept) < wanted:
            article_id = candidate.passage.article.article_id
            same = sum(other.passage.article.article_id == article_id for other in kept)
            (kept if same < MOST_OF_ONE_ARTICLE else over).append(candidate)
    filled = [*kept, *over[: max(0, wanted - len(kept))]]
    filled.sort(key=lambda each: -each.ranked.score)
    return [each.chosen() for each in filled]


def is_copy(one: Passage, other: Passage, names: Names) -> bool:
    """Return whether two passages with close vectors are the same report in two articles, in its figures and names."""
    return (
        is_edition(one, other)
        and not _figures_differ(_runs(one.text), _runs(other.text))
        and not reported_otherwise(one, other, one.text, other.text, names)
    )


def is_edition(one: Passage, other: Passage) -> bool:
    """Return whether two passages of different articles are the same report, whatever one of them changed in it."""
    if one.article.article_id == other.article.article_id or not _days_fit(one.article, other.article):
        return False
    ours, theirs = _runs(one.text), _runs(other.text)
    fewer = min(len(ours), len(theirs))
    return bool(fewer) and len(ours & theirs) >= SHARED_RUNS * fewer


def reported_otherwise(one: Passage, other: Passage, ours: str, theirs: str, names: Names) -> list[tuple[str, str]]:
    """Return how two texts from these passages name or count otherwise; an outlet's own name is none of it."""
    return [
        (mine, yours)
        for mine, yours in told_otherwise(ours, theirs, names)
        if not (_is_source(mine, one.article) and _is_source(yours, other.article))
    ]


def _is_source(name: str, article: Article) -> bool:
    return name.casefold() in (article.source or "").casefold()


def _figures_differ(ours: set[tuple[str, ...]], theirs: set[tuple[str, ...]]) -> bool:
    """Return whether one gives another number between the same two words: then it is a report of its own."""
    one, other = _figures(ours), _figures(theirs)
    return any(one[place].isdisjoint(other[place]) for place in one.keys() & other.keys())


def _figures(runs: set[tuple[str, ...]]) -> dict[tuple[str, str], set[str]]:
    figures: dict[tuple[str, str], set[str]] = {}
    for before, word, behind in runs:
        if any(letter.isdigit() for letter in word):
            figures.setdefault((before, behind), set()).add(word)
    return figures


def _days_fit(one: Article, other: Article) -> bool:
    if one.published is None or other.published is None:
        return True
    return abs((date.fromisoformat(one.published) - date.fromisoformat(other.published)).days) <= DAYS_APART


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word.strip(".,;:!?\"'“”‘’()").casefold() for word in text.split()]
    return set(zip(words, words[1:], words[2:], strict=False))
