"""Passages with their questions, as written down, to rows: a question, some sentences, and whether they answer it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.answerability.exchange import Things, exchange, things_of
from index.embed import Encoded, Encoder, encoder_of
from index.models import DEFAULT_MODEL, find_model
from index.sentences import Span, sentence_spans

QUOTED = (1, 1, 2, 2, 2, 3, 3)  # sentences of a row, drawn from these
LEFT_OUT = 0.5  # of the answered questions are put to the passage less its answer, too
EXCHANGED = 0.3  # and so many with one thing exchanged for another
HELD_BACK = 12  # one pair in so many


@dataclass(frozen=True)
class Passage:
    """A text and its questions, each with the words that answer it, or None where nothing does."""

    text: str
    questions: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class Row:
    """A question and sentences of one passage. span: where in them the answer stands."""

    question: str
    text: str
    answers: bool
    span: Span | None = None


def read_twins(path: Path) -> list[list[Passage]]:
    """Read pairs of passages of which each answers what the other only seems to."""
    found = []
    for record in _records(path):
        of_a = [(each[0], each[1]) for each in record["twins"]]
        of_b = [(each[2], each[3]) for each in record["twins"]]
        found.append(
            [
                Passage(record["a"], (*of_a, *((asked, None) for asked, _ in of_b))),
                Passage(record["b"], (*of_b, *((asked, None) for asked, _ in of_a))),
            ]
        )
    return found


def trained_on(pairs: Sequence[list[Passage]]) -> list[Passage]:
    """Return the passages of the pairs that are not held back."""
    return [passage for number, pair in enumerate(pairs, start=1) if number % HELD_BACK for passage in pair]


def held_back(pairs: Sequence[list[Passage]]) -> list[Passage]:
    """Return the passages of every HELD_BACKth pair, which the weights never see."""
    return [passage for number, pair in enumerate(pairs, start=1) if not number % HELD_BACK for passage in pair]


def rows_of(passages: Sequence[Passage], chance: random.Random, *, more: bool = False) -> list[Row]:
    """Return a row for each question, and with `more` those that are made of the answered ones besides."""
    return [row for passage in passages for row in _rows(passage, chance, more)]


def _rows(passage: Passage, chance: random.Random, more: bool) -> Iterator[Row]:
    spans = sentence_spans(passage.text)
    things = things_of(passage.text)
    for question, answer in passage.questions:
        order = _by_fit(question, passage.text, spans)
        text = _quoted(passage.text, order[: chance.choice(QUOTED)])
        if answer is None:
            yield Row(question, text, answers=False)
            continue
        if answer not in text:
            text = _quoted(passage.text, spans)
        if answer not in text:  # it goes over the end of a sentence
            continue
        yield _answered(question, text, answer)
        if more and chance.random() < LEFT_OUT:
            others = [(start, end) for start, end in order if answer not in passage.text[start:end]]
            without = _quoted(passage.text, others[: chance.choice(QUOTED)])
            if without and answer.casefold() not in without.casefold():
                yield Row(question, without, answers=False)
        if more and chance.random() < EXCHANGED:
            yield from _exchanged(question, text, answer, things, chance)


def _exchanged(question: str, text: str, answer: str, things: Things, chance: random.Random) -> Iterator[Row]:
    """Exchange one thing in the question, and in both where that leaves the answer: so neither gives it away."""
    other = exchange(question, things, answer, chance)
    if other is None:
        return
    yield Row(other.text, text, answers=False)
    apart = other.old not in answer and answer not in other.old
    if other.old and apart and other.old in text and other.new not in text:
        both = text.replace(other.old, other.new)
        if answer in both:
            yield _answered(other.text, both, answer)
            yield Row(question, both, answers=False)


def _answered(question: str, text: str, answer: str) -> Row:
    start = text.index(answer)
    return Row(question, text, answers=True, span=(start, start + len(answer)))


def _quoted(text: str, spans: Sequence[Span]) -> str:
    return " ".join(text[start:end] for start, end in sorted(spans))


def _by_fit(question: str, text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the sentences by late interaction with the question, the best first, as a search quotes them."""
    asked, told = _encoded(question), _encoded(text)
    similar = asked.tokens @ told.tokens.T

    def fit(span: Span) -> float:
        inside = (told.spans[:, 0] >= span[0]) & (told.spans[:, 0] < span[1])
        return float(similar[:, inside].max(axis=1).mean()) if inside.any() else -1.0

    return sorted(spans, key=fit, reverse=True)


@cache
def _encoder() -> Encoder:
    return encoder_of(find_model(DEFAULT_MODEL))


@cache
def _encoded(text: str) -> Encoded:
    return _encoder().encode([text], role="query")[0]


def _records(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
