"""A question to ranked passages: filter, two searches, fusion, late interaction.

1. BM25 and exact dense search each give their best passages among the rows that pass the filter.
2. Both scores, scaled to 0..1 within the question, are mixed (min-max fusion; Bruch, Gai and Ingber, "An
   Analysis of Fusion Functions for Hybrid Retrieval", 2023, https://arxiv.org/abs/2210.11934).
3. The best of these are scored by late interaction, and the three scores are blended. Where the question
   says who does what to whom, a passage that says so too goes up and one that turns it around goes down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embed import Vector
from index.lexical import RowFilter
from index.names import Names
from index.store import Store
from search.direction import passage_direction
from search.late import late_scores
from search.question import Question
from search.results import Signals

CANDIDATES = 400  # from each of the two searches


@dataclass(frozen=True)
class Ranking:
    """The settings of the stages; the defaults are what `bench/quality.py` measures as "default".

    lexical_share: of BM25 in the first mix, the rest is dense. reranked: how many of the best are looked at
    closely. bm25, dense, late: shares of the three scores in the blend of these. direction: weight of the vote on
    who does it to whom, from -1 to 1, where a question has a direction.
    """

    lexical_share: float = 0.3
    reranked: int = 40
    bm25: float = 0.2
    dense: float = 0.2
    late: float = 0.6
    direction: float = 1.0


DEFAULT_RANKING = Ranking()


@dataclass(frozen=True)
class Ranked:
    """A passage's number in the store, its score, and what each stage gave it."""

    number: int
    score: float
    signals: Signals


def rank_passages(
    store: Store,
    names: Names,
    question: Question,
    rows: RowFilter,
    *,
    candidates: int = CANDIDATES,
    ranking: Ranking = DEFAULT_RANKING,
) -> list[Ranked]:
    """Rank passages for a question, best first; equal scores are ordered by passage number."""
    lexical_numbers, lexical = store.lexical.search(question.text, candidates, rows)
    dense_numbers, _ = store.nearest(question.encoded.vector, candidates, rows)
    numbers = np.union1d(lexical_numbers, dense_numbers)
    if not len(numbers):
        return []
    bm25 = np.zeros(len(numbers), dtype=np.float32)
    bm25[np.searchsorted(numbers, lexical_numbers)] = lexical
    similar: Vector = store.vectors(numbers) @ question.encoded.vector
    mixed = ranking.lexical_share * scaled(bm25) + (1 - ranking.lexical_share) * scaled(similar)
    order = np.lexsort((numbers, -mixed))
    top, rest = order[: ranking.reranked], order[ranking.reranked :]
    late = late_scores(question.encoded.tokens, _token_bits(store, numbers[top]))
    votes: list[float | None] = [None] * len(top)
    blended = ranking.bm25 * scaled(bm25[top]) + ranking.dense * scaled(similar[top]) + ranking.late * scaled(late)
    if question.asked and ranking.direction:
        passages = store.passages(numbers[top])
        read = [passage_direction(passages[int(number)], question.asked, names) for number in numbers[top]]
        blended += ranking.direction * np.array(read, dtype=np.float32)
        votes = list(read)
    ranked = [
        Ranked(
            int(numbers[at]),
            float(blended[place]),
            Signals(float(bm25[at]), float(similar[at]), float(late[place]), direction=votes[place]),
        )
        for place, at in enumerate(top)
    ]
    ranked.sort(key=lambda passage: (-passage.score, passage.number))
    # Whatever was not looked at closely stays below what was, in its own order.
    ranked.extend(
        Ranked(int(numbers[at]), float(mixed[at]) - 3.0, Signals(float(bm25[at]), float(similar[at]), None))
        for at in rest
    )
    return ranked


def scaled(scores: Vector) -> Vector:
    """Scale scores (n,) to 0..1 within one question; all zero where they do not differ."""
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    if high <= low:
        return np.zeros_like(scores)
    spread: Vector = (scores - low) / (high - low)
    return spread


def _token_bits(store: Store, numbers: NDArray[np.int64]) -> Sequence[NDArray[np.uint8]]:
    return [store.token_bits[start : start + count] for start, count in store.token_ranges(numbers.tolist())]
