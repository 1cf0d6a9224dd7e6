"""Late interaction agrees with the plain arithmetic that it is short for."""

import numpy as np
import pytest

from index.tokens import sign_bits, signs
from search.late import best_matches, late_scores


def unit_rows(seed: int, count: int, dimension: int = 24) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def plain_late_score(question: np.ndarray, tokens: np.ndarray) -> float:
    """Take for each question token its best cosine with a row of signs, and average."""
    rows = np.where(tokens > 0, 1.0, -1.0)
    best = [max(float(word @ row) / np.sqrt(len(row)) for row in rows) for word in question]
    return sum(best) / len(best)


def test_scores_equal_the_plain_loop():
    question = unit_rows(1, 5)
    passages = [unit_rows(seed, count) for seed, count in ((2, 7), (3, 1), (4, 30))]
    scores = late_scores(question, [sign_bits(tokens) for tokens in passages])
    assert scores == pytest.approx([plain_late_score(question, tokens) for tokens in passages], abs=1e-5)


def test_a_passage_without_tokens_scores_minus_one_and_the_others_keep_their_places():
    question, tokens = unit_rows(1, 3), unit_rows(2, 4)
    empty = np.empty((0, 3), dtype=np.uint8)
    scores = late_scores(question, [empty, sign_bits(tokens), empty])
    assert scores[0] == scores[2] == -1
    assert scores[1] == pytest.approx(plain_late_score(question, tokens), abs=1e-5)


def test_a_question_without_tokens_scores_nothing():
    assert late_scores(np.empty((0, 24), dtype=np.float32), [sign_bits(unit_rows(1, 2))]).tolist() == [-1]


def test_a_token_fits_itself_best():
    tokens = unit_rows(5, 6)
    best = best_matches(tokens, [sign_bits(tokens[number : number + 1]) for number in range(6)])
    assert best.argmax(axis=1).tolist() == list(range(6))


def test_dimensions_that_are_no_multiple_of_eight_come_back_whole():
    tokens = unit_rows(6, 3, dimension=21)
    assert np.array_equal(signs(sign_bits(tokens), 21), np.where(tokens > 0, 1, -1))
