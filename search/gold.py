"""Answers against gold answers: whether a quote holds one, and whether confidence tells when to refuse.

    {"_id": "q1", "text": "who fled?", "metadata": {"answers": ["the governor", {"text": "...", "start": 4}]}}
    {"_id": "q2", "text": "who won?", "metadata": {"answerable": false}}

Quotes are compared as SQuAD does, without regard to case, punctuation and articles (Rajpurkar et al., EMNLP 2016,
https://arxiv.org/abs/1606.05250). Risk and coverage are those of selective prediction (El-Yaniv and Wiener, JMLR
2010): of the questions answered above a confidence, the share answered wrong, and how many these are of all.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import InputError
from search.results import Answer, Citation
from search.trec import asked_day, text_lines

RISK = 0.05  # at which coverage is reported
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class GoldQuestion:
    """A question with the answers that count as right; `spans` are those that have a place in an article.

    asked_on: the day it was asked on, where its metadata has that as its date.
    """

    query_id: str
    text: str
    answers: tuple[str, ...]
    spans: tuple[str, ...]
    answerable: bool
    asked_on: date | None = None


@dataclass(frozen=True)
class AnswerScore:
    """How one answer stands to the gold. hit_1: its best quote holds a gold answer; hit_3: one of its best three."""

    confidence: float
    answered: bool
    answerable: bool
    hit_1: bool
    hit_3: bool
    span_f1: float | None
    citations: int
    exact_citations: int


@dataclass(frozen=True)
class AnswerReport:
    """Means over questions, from 0 to 1; None where no question tells.

    Of answerable questions (a refusal counts 0): hit_1, hit_3, answered, and span_f1, how many words the gold span
    shares with what is marked in the best quote, or with the whole quote where nothing is. Of the others: refused.
    citation_exactness: of all quotes. auroc: how well confidence parts answerable from unanswerable questions.
    coverage_at_risk: the most questions that can be answered by a threshold on confidence with at most RISK of them
    wrong, an unanswerable one always being so; risk and coverage: at the threshold that is set.
    """

    questions: int
    answerable: int
    unanswerable: int
    hit_1: float | None
    hit_3: float | None
    span_f1: float | None
    answered: float | None
    refused: float | None
    citation_exactness: float | None
    auroc: float | None
    risk: float | None
    coverage: float
    coverage_at_risk: float


def read_gold(path: Path) -> list[GoldQuestion]:
    """Read the questions of a file of BEIR queries whose metadata says what the answer is, or that there is none.

    Raises InputError where a line is no question, or none has a gold answer.
    """
    questions: list[GoldQuestion] = []
    for number, line in enumerate(text_lines(path), start=1):
        if line.strip():
            questions.extend(_gold(path, number, line))
    if not questions:
        raise InputError(f'{path} has no gold answers: each line needs "metadata": {{"answers": [...]}}')
    return questions


def score_answer(gold: GoldQuestion, answer: Answer, *, answered: bool) -> AnswerScore:
    """Score one answer. `answered` says whether its quotes are shown, or only stand for what would be."""
    best = sorted(answer.citations, key=lambda citation: citation.rank)
    holds = [any(_holds(citation.quote, text) for text in gold.answers) for citation in best]
    f1 = max((token_f1(_shortest(best[0]), span) for span in gold.spans), default=0.0) if best else 0.0
    exact = [each.quote == each.hit.passage.article.text[each.start : each.end] for each in best]
    return AnswerScore(
        confidence=answer.confidence,
        answered=answered and bool(best),
        answerable=gold.answerable,
        hit_1=any(holds[:1]),
        hit_3=any(holds[:3]),
        span_f1=f1 if gold.spans else None,
        citations=len(exact),
        exact_citations=sum(exact),
    )


def report(scores: Sequence[AnswerScore]) -> AnswerReport:
    """Return the means over questions."""
    answerable = [score for score in scores if score.answerable]
    unanswerable = [score for score in scores if not score.answerable]
    shown = [score for score in scores if score.answered]
    quotes = sum(score.citations for score in scores)
    return AnswerReport(
        questions=len(scores),
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        hit_1=_mean([score.answered and score.hit_1 for score in answerable]),
        hit_3=_mean([score.answered and score.hit_3 for score in answerable]),
        span_f1=_mean([score.answered * score.span_f1 for score in answerable if score.span_f1 is not None]),
        answered=_mean([score.answered for score in answerable]),
        refused=_mean([not score.answered for score in unanswerable]),
        citation_exactness=sum(score.exact_citations for score in scores) / quotes if quotes else None,
        auroc=auroc([score.confidence for score in answerable], [score.confidence for score in unanswerable]),
        risk=_mean([not _right(score) for score in shown]),
        coverage=len(shown) / len(scores),
        coverage_at_risk=_coverage_at(scores, RISK),
    )


def auroc(own: Sequence[float], others: Sequence[float]) -> float | None:
    """Return how often a value of the first kind is above one of the second, a tie counting half; None without both."""
    if not own or not others:
        return None
    ordered = np.sort(np.array(others))
    values = np.array(own)
    below = np.searchsorted(ordered, values, side="left")
    not_above = np.searchsorted(ordered, values, side="right")
    return float((below + not_above).mean() / 2 / len(ordered))


def _gold(path: Path, number: int, line: str) -> list[GoldQuestion]:
    wrong = InputError(f'{path} line {number} is no question: write {{"_id": "q1", "text": "...", "metadata": ...}}')
    try:
        values: dict[str, Any] = json.loads(line)
        query_id, text, metadata = values["_id"], values["text"], values.get("metadata") or {}
        answers = metadata.get("answers") or []
        if not isinstance(answers, list):
            raise TypeError("answers are no list")
        texts = tuple(answer if isinstance(answer, str) else answer["text"] for answer in answers)
        spans = tuple(answer["text"] for answer in answers if isinstance(answer, dict) and "start" in answer)
        answerable = metadata.get("answerable", bool(texts))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise wrong from error
    if not isinstance(text, str) or not all(isinstance(each, str) for each in texts):
        raise wrong
    if not texts and "answerable" not in metadata:
        return []
    return [GoldQuestion(str(query_id), text, texts, spans, bool(answerable), asked_day(metadata))]


def _right(score: AnswerScore) -> bool:
    return score.answerable and score.hit_3


def _coverage_at(scores: Sequence[AnswerScore], risk: float) -> float:
    """Return the greatest share of questions, the most confident ones, of which at most `risk` are wrong."""
    ordered = sorted(scores, key=lambda score: -score.confidence)
    wrong = np.cumsum([not _right(score) for score in ordered])
    counts = np.arange(1, len(ordered) + 1)
    confidences = np.array([score.confidence for score in ordered])
    # A threshold cannot part questions of the same confidence.
    ends = np.r_[confidences[1:] < confidences[:-1], True]
    fitting = counts[ends & (wrong <= risk * counts)]
    return float(fitting.max() / len(ordered)) if len(fitting) else 0.0


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _shortest(citation: Citation) -> str:
    """Return the few words that answer, where they are marked, else the quote."""
    start, end = citation.span or (citation.start, citation.end)
    return citation.hit.passage.article.text[start:end]


def _plain(text: str) -> list[str]:
    return _WORD.findall(_ARTICLES.sub(" ", text.casefold()))


def _holds(quote: str, answer: str) -> bool:
    words = _plain(answer)
    return bool(words) and f" {' '.join(words)} " in f" {' '.join(_plain(quote))} "


def token_f1(quote: str, answer: str) -> float:
    """Return how many words two texts share, as F1 from 0 to 1."""
    ours, theirs = _plain(quote), _plain(answer)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs)) if shared else 0.0
