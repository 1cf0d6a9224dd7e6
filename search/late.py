"""Late interaction: each question token finds its best match among a passage's tokens.

MaxSim of Khattab and Zaharia, "ColBERT", SIGIR 2020, https://arxiv.org/abs/2004.12832, averaged over the
question's tokens, on token vectors kept as sign bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.embed import Vector
from index.tokens import Bits, signs


def late_scores(question: Vector, passages: Sequence[Bits]) -> Vector:
    """Score passages (n of them, each (t, ceil(d / 8)) sign bits) against question tokens (m, d).

    Returns (n,) float32 from -1 to 1: the mean over question tokens of the best cosine with a token of +-1s.
    A passage without tokens scores -1.
    """
    scores = np.full(len(passages), -1.0, dtype=np.float32)
    filled = [number for number, bits in enumerate(passages) if len(bits)]
    if not filled or not len(question):
        return scores
    best = best_matches(question, [passages[number] for number in filled])
    scores[filled] = best.mean(axis=0)
    return scores


def best_matches(question: Vector, pieces: Sequence[Bits]) -> Vector:
    """Return (m, n) cosines: the best match of each question token in each non-empty piece."""
    dimension = question.shape[1]
    rows = signs(np.concatenate(pieces), dimension)
    cosines = question @ rows.T / np.sqrt(np.float32(dimension))
    starts = np.cumsum([0, *(len(bits) for bits in pieces[:-1])])
    best: Vector = np.maximum.reduceat(cosines, starts, axis=1)
    return best
