"""Late interaction agrees with the plain arithmetic that it is short for."""

import numpy as np
import pytest

from index.tokens import ones, sign_bits
from search.late import late_scores, matches_in_articles, token_matches


def unit_rows(seed: int, count: int, dimension: int = 24) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def plain_matches(question: np.ndarray, tokens: np.ndarray) -> list[float]:
    """Take for each question token its best cosine with a row of signs."""
    rows = np.where(tokens > 0, 1.0, -1.0)
    return [max(float(word @ row) / np.sqrt(len(row)) for row in rows) for word in question]


def test_matches_equal_the_plain_loop():
    question = unit_rows(1, 5)
    passages = [unit_rows(seed, count) for seed, count in ((2, 7), (3, 1), (4, 30))]
    matches = token_matches(question, [sign_bits(tokens) for tokens in passages])
    expected = [plain_matches(question, tokens) for tokens in passages]
    assert matches.T.tolist() == [pytest.approx(row, abs=1e-5) for row in expected]


def test_a_score_is_the_weighted_mean_of_the_matches():
    matches = np.array([[0.5, -1.0], [0.1, 0.3], [0.9, 0.3]], dtype=np.float32)
    assert late_scores(matches, np.array([1, 1, 1], dtype=np.float32)).tolist() == pytest.approx([0.5, -0.4 / 3])
    assert late_scores(matches, np.array([1, 3, 0], dtype=np.float32)).tolist() == pytest.approx([0.2, -0.1 / 4])


def test_a_passage_without_tokens_matches_nothing_and_the_others_keep_their_places():
    question, tokens = unit_rows(1, 3), unit_rows(2, 4)
    empty = np.empty((0, 3), dtype=np.uint8)
    matches = token_matches(question, [empty, sign_bits(tokens), empty])
    assert (matches[:, [0, 2]] == -1).all()
    assert matches[:, 1].tolist() == pytest.approx(plain_matches(question, tokens), abs=1e-5)


def test_a_question_without_tokens_scores_nothing():
    matches = token_matches(np.empty((0, 24), dtype=np.float32), [sign_bits(unit_rows(1, 2))])
    assert late_scores(matches, np.empty(0, dtype=np.float32)).tolist() == [-1]


def test_the_passages_of_an_article_share_its_best_matches():
    matches = np.array([[0.1, 0.9, 0.2, 0.4], [0.8, 0.3, 0.7, 0.6]], dtype=np.float32)
    together = matches_in_articles(matches, np.array([7, 2, 7, 7]))
    assert together.tolist() == [
        pytest.approx([0.4, 0.9, 0.4, 0.4]),
        pytest.approx([0.8, 0.3, 0.8, 0.8]),
    ]


def test_a_token_fits_itself_best():
    tokens = unit_rows(5, 6)
    best = token_matches(tokens, [sign_bits(tokens[number : number + 1]) for number in range(6)])
    assert best.argmax(axis=1).tolist() == list(range(6))


def test_dimensions_that_are_no_multiple_of_eight_come_back_whole():
    tokens = unit_rows(6, 3, dimension=21)
    assert np.array_equal(ones(sign_bits(tokens), 21), tokens > 0)
