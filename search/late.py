"""Late interaction: each question token finds its best match among a passage's tokens.

MaxSim of Khattab and Zaharia, "ColBERT", SIGIR 2020, https://arxiv.org/abs/2004.12832, as a weighted mean over the
question's tokens, on token vectors kept as sign bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.embed import Vector
from index.tokens import Bits, ones


def late_scores(matches: Vector, weights: Vector) -> Vector:
    """Return (n,) scores from -1 to 1: the mean of each passage's matches (m, n), by question tokens' weights (m,).

    A question without tokens gives -1 to each.
    """
    total = float(weights.sum())
    if not total:
        return np.full(matches.shape[1], -1.0, dtype=np.float32)
    scores: Vector = weights @ matches / np.float32(total)
    return scores


def token_matches(question: Vector, passages: Sequence[Bits]) -> Vector:
    """Return (m, n) cosines: the best match of each question token (m, d) in each of n passages.

    A passage is (t, ceil(d / 8)) sign bits, each row taken as +-1s; one without tokens matches nothing, which is -1.
    """
    matches = np.full((len(question), len(passages)), -1.0, dtype=np.float32)
    filled = [number for number, bits in enumerate(passages) if len(bits)]
    if filled and len(question):
        matches[:, filled] = _best(question, [passages[number] for number in filled])
    return matches


def matches_in_articles(matches: Vector, articles: NDArray[np.int64]) -> Vector:
    """Return (m, n): for each passage the best matches in any of the n passages of its own article (n,)."""
    order = np.argsort(articles, kind="stable")
    ordered = articles[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    best = np.maximum.reduceat(matches[:, order], starts, axis=1)
    together: Vector = best[:, np.searchsorted(ordered[starts], articles)]
    return together


def _best(question: Vector, pieces: Sequence[Bits]) -> Vector:
    dimension = question.shape[1]
    products = ones(np.concatenate(pieces), dimension) @ question.T
    starts = np.cumsum([0, *(len(bits) for bits in pieces[:-1])])
    # A row of +-1s is twice its row of ones less 1: the many rows are then multiplied as they were unpacked.
    best = 2 * np.maximum.reduceat(products, starts, axis=0).T - question.sum(axis=1, keepdims=True)
    cosines: Vector = best / np.sqrt(np.float32(dimension))
    return cosines
