"""The pairs of passages that bench/answerability trains on: every question has one passage that answers it."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from bench.answerability.exchange import exchange, things_of
from bench.answerability.made import made_rows
from bench.answerability.rows import HELD_BACK, held_back, read_twins, rows_of, trained_on

TWINS = Path(__file__).resolve().parents[1] / "bench" / "answerability" / "twins.jsonl"


@pytest.fixture(scope="module")
def pairs():
    return read_twins(TWINS)


def test_every_answer_stands_in_its_passage(pairs):
    passages = [passage for pair in pairs for passage in pair]
    assert len(passages) > 1_000
    for passage in passages:
        assert all(answer in passage.text for _, answer in passage.questions if answer is not None)


def test_every_question_is_answered_by_one_passage_of_its_pair_and_not_by_the_other(pairs):
    for one, other in pairs:
        for question, answer in one.questions:
            (seen,) = [found for asked, found in other.questions if asked == question]
            assert (answer is None) != (seen is None)


def test_those_held_back_are_not_trained_on(pairs):
    seen, unseen = {passage.text for passage in trained_on(pairs)}, {passage.text for passage in held_back(pairs)}
    assert not seen & unseen
    assert len(unseen) == 2 * (len(pairs) // HELD_BACK)


def test_rows_hold_their_answers_and_as_many_questions_with_one_label_as_with_the_other(pairs):
    rows = rows_of(pairs[0], random.Random(1))
    assert Counter(row.answers for row in rows) == {True: 10, False: 10}
    for row in rows_of(pairs[1], random.Random(1), more=True):
        assert row.answers == (row.span is not None)
        assert row.span is None or row.text[slice(*row.span)]


def test_rows_that_a_rule_makes_hold_their_answers(pairs):
    rows = made_rows([passage.text for passage in pairs[0]], random.Random(1), 50)
    assert len(rows) >= 50
    assert {row.answers for row in rows} == {True, False}
    for row in rows:
        if row.span:
            assert 0 <= row.span[0] < row.span[1] <= len(row.text)


def test_an_exchange_changes_one_thing_and_spares_the_answer():
    things = things_of("The Orrin line bought the ferry in 1911. The Danish bank sold it in 1920.")
    for seed in range(30):
        found = exchange("Who bought the Dellow ferry in 1911?", things, "The Orrin line", random.Random(seed))
        assert found is not None
        assert found.text != "Who bought the Dellow ferry in 1911?"
        assert found.new != "The Orrin line"
