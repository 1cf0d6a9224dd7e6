"""A question to ranked passages: filter, two searches, fusion, late interaction.

1. BM25 and exact dense search each give their best passages among the rows that pass the filter.
2. Both scores, scaled to 0..1 within the question, are mixed (min-max fusion; Bruch, Gai and Ingber, "An
   Analysis of Fusion Functions for Hybrid Retrieval", 2023, https://arxiv.org/abs/2210.11934).
3. The best of these are scored by late interaction, and words, meaning and late interaction are blended. Each
   of the three counts for the passage itself and for its whole article. A part of this score is that of the
   passages whose articles are most alike: what answers a question tends to be alike (Diaz, "Regularizing Ad Hoc
   Retrieval Scores", CIKM 2005, https://doi.org/10.1145/1099554.1099722).
4. Where the question says who does what to whom, a passage that says so too goes up and one that turns it
   around goes down.
5. Where it names a time by the day it is asked on ("this week"), the best of that time are among the candidates,
   and what was published then goes up.
6. Where it names a year, what tells of that year goes up and what tells only of others goes down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.embed import Vector
from index.lexical import RowFilter
from index.names import Names
from index.store import Place, Store
from search.direction import Asked, passage_direction
from search.late import late_scores, matches_in_articles, token_matches
from search.period import Period, within
from search.question import Question
from search.results import Signals
from search.years import year_vote

CANDIDATES = 400  # from each of the searches
NEIGHBOURS = 5  # passages of other articles, from whose scores a passage gets a part of its own
DIRECTED = 40  # the best passages, whose sentences are read for a direction


@dataclass(frozen=True)
class Ranking:
    """The settings of the stages; the defaults are what `bench/quality.py` measures as "default".

    lexical_share: of BM25 in the first mix, the rest is dense. reranked: how many of the best are looked at
    closely. bm25, dense, late: shares of the three scores in the blend of these. whole_article: the part of each
    share that is the article's, the rest is the passage's own. neighbours: the part of the blend that is the
    NEIGHBOURS' of the passage. direction: weight of the vote on who does it to
    whom, from -1 to 1, where a question has a direction. period: what being of the time that a question names adds.
    year: what being of a year that it names adds, and being of others only takes away.
    """

    lexical_share: float = 0.3
    reranked: int = 100
    bm25: float = 0.3
    dense: float = 0.25
    late: float = 0.45
    whole_article: float = 0.6
    neighbours: float = 0.15
    direction: float = 1.0
    period: float = 0.25
    year: float = 0.06


DEFAULT_RANKING = Ranking()


@dataclass(frozen=True)
class Ranked:
    """A passage's number in the store, its score, its place in the first mix, and what each stage gave it."""

    number: int
    score: float
    mixed: float
    signals: Signals


def rank_passages(
    store: Store,
    names: Names,
    question: Question,
    rows: RowFilter,
    *,
    candidates: int = CANDIDATES,
    most: int | None = None,
    ranking: Ranking = DEFAULT_RANKING,
) -> list[Ranked]:
    """Rank passages for a question, best first; equal scores are ordered by passage number.

    With `most`, no more than so many are returned, or than are looked at closely where that is more.
    """
    period = question.period if ranking.period else None
    numbers, bm25 = _candidates(store, question, [rows, within(rows, period)] if period else [rows], candidates)
    if not len(numbers):
        return []
    similar: Vector = store.vectors(numbers) @ question.encoded.vector
    mixed = ranking.lexical_share * scaled(bm25) + (1 - ranking.lexical_share) * scaled(similar)
    timely = ranking.period * _of_period(store, numbers, period) if period else np.zeros_like(mixed)
    mixed = mixed + timely
    order = np.lexsort((numbers, -mixed))
    top, rest = order[: ranking.reranked], order[ranking.reranked : most]
    places = store.places(numbers[top].tolist())
    articles = np.array([place.article for place in places], dtype=np.int64)
    close = _looked_at_closely(store, question, places, articles, bm25[top], similar[top])
    blended = _blended(close, ranking)
    if ranking.neighbours and len(top):
        near = of_neighbours(blended, store.article_vectors(articles), articles)
        blended = (1 - ranking.neighbours) * blended + ranking.neighbours * near
        close = [replace(each, neighbours=float(score)) for each, score in zip(close, near, strict=True)]
    if question.asked and ranking.direction:
        close = _with_direction(store, names, question.asked, numbers[top], blended, close)
        blended += ranking.direction * np.array([signals.direction or 0.0 for signals in close], dtype=np.float32)
    if period:
        blended += timely[top]
        close = [replace(each, period=float(timely[at])) for at, each in zip(top, close, strict=True)]
    if question.years and ranking.year:
        votes = _year_votes(store, numbers[top], question.years)
        blended += ranking.year * votes
        close = [replace(each, year=float(vote)) for each, vote in zip(close, votes, strict=True)]
    ranked = [
        Ranked(int(numbers[at]), float(score), float(mixed[at]), signals)
        for at, score, signals in zip(top, blended, close, strict=True)
    ]
    ranked.sort(key=lambda passage: (-passage.score, passage.number))
    # Whatever was not looked at closely stays below what was, in its own order.
    ranked.extend(
        Ranked(
            int(numbers[at]),
            float(mixed[at]) - 3.0,
            float(mixed[at]),
            Signals(float(bm25[at]), float(similar[at]), None),
        )
        for at in rest
    )
    return ranked


def _candidates(
    store: Store, question: Question, searched: Sequence[RowFilter], limit: int
) -> tuple[NDArray[np.int64], Vector]:
    """Return the best passages of both searches under each filter: numbers (n,), in order, and BM25 scores (n,)."""
    lexical: dict[int, float] = {}
    near: list[NDArray[np.int64]] = []
    for rows in searched:
        found, scores = store.by_words(question.words, limit, rows, question.named)
        lexical.update(zip(found.tolist(), scores.tolist(), strict=True))
        near.append(store.nearest(question.encoded.vector, limit, rows)[0])
    numbers = np.unique(np.concatenate([np.array(list(lexical), dtype=np.int64), *near]))
    return numbers, np.array([lexical.get(number, 0.0) for number in numbers.tolist()], dtype=np.float32)


def _of_period(store: Store, numbers: NDArray[np.int64], period: Period) -> Vector:
    """Return 1 for each passage whose article is of a period, 0 for the others."""
    days = store.days(numbers.tolist())
    since, until = period.since.isoformat(), period.until.isoformat()
    return np.array([day is not None and since <= day <= until for day in days], dtype=np.float32)


def _looked_at_closely(
    store: Store,
    question: Question,
    places: Sequence[Place],
    articles: NDArray[np.int64],
    bm25: Vector,
    similar: Vector,
) -> list[Signals]:
    """Return what words, meaning and late interaction give these passages and their articles."""
    if not places:
        return []
    wanted = np.unique(articles)
    found, scores = store.lexical_articles.search(question.words, len(wanted), RowFilter(), question.named, only=wanted)
    by_article = dict(zip(found.tolist(), scores.tolist(), strict=True))
    article_similar: Vector = store.article_vectors(articles) @ question.encoded.vector
    matches = token_matches(question.encoded.tokens, [store.token_bits[place.tokens] for place in places])
    late = late_scores(matches, question.weights)
    article_late = late_scores(matches_in_articles(matches, articles), question.weights)
    return [
        Signals(
            float(bm25[at]),
            float(similar[at]),
            float(late[at]),
            article_bm25=by_article.get(int(article), 0.0),
            article_dense=float(article_similar[at]),
            article_late=float(article_late[at]),
        )
        for at, article in enumerate(articles)
    ]


def _blended(signals: Sequence[Signals], ranking: Ranking) -> Vector:
    blend = np.zeros(len(signals), dtype=np.float32)
    for stage in ("bm25", "dense", "late"):
        own = np.array([getattr(each, stage) for each in signals], dtype=np.float32)
        whole = np.array([getattr(each, f"article_{stage}") for each in signals], dtype=np.float32)
        share, part = getattr(ranking, stage), ranking.whole_article
        blend += share * ((1 - part) * scaled(own) + part * scaled(whole))
    return blend


def _with_direction(
    store: Store,
    names: Names,
    asked: Asked,
    numbers: NDArray[np.int64],
    blended: Vector,
    signals: Sequence[Signals],
) -> list[Signals]:
    """Add the vote on who does it to whom to the best passages so far; the others are not read for it."""
    best = np.lexsort((numbers, -blended))[:DIRECTED]
    passages = store.passages(numbers[best])
    votes = {int(at): passage_direction(passages[int(numbers[at])], asked, names) for at in best}
    return [replace(each, direction=votes.get(at)) for at, each in enumerate(signals)]


def of_neighbours(scores: Vector, vectors: Vector, articles: NDArray[np.int64], most: int = NEIGHBOURS) -> Vector:
    """Return for each passage the mean score (n,) of those whose articles are most like its own, by their likeness.

    vectors: (n, d), the unit vector of each passage's article. A passage that is alone with its article keeps its
    score.
    """
    alike = vectors @ vectors.T
    alike[articles[:, np.newaxis] == articles] = 0.0
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :most]
    weights = np.maximum(np.take_along_axis(alike, nearest, axis=1), 0.0)
    total = weights.sum(axis=1)
    means: Vector = (weights * scores[nearest]).sum(axis=1) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, means, scores)


def _year_votes(store: Store, numbers: NDArray[np.int64], years: frozenset[str]) -> Vector:
    passages = store.passages(numbers)
    return np.array([year_vote(passages[int(number)], years) for number in numbers], dtype=np.float32)


def scaled(scores: Vector) -> Vector:
    """Scale scores (n,) to 0..1 within one question; all zero where they do not differ."""
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    if high <= low:
        return np.zeros_like(scores)
    spread: Vector = (scores - low) / (high - low)
    return spread
