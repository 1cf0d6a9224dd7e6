"""How likely it is that the briefings answer a question, from how well the best passages fit it.

A logistic regression on four measures that mean the same in every corpus. `bench/refusal.py` fits it on
questions asked of the right corpus and of wrong ones, and reports it on a corpus that it was not fitted on. The
weight of the last measure is not from a fit: see there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.names import Names
from index.passages import embedded_text
from index.records import Article
from index.store import Store
from search.cues import cue_of
from search.question import Question, QuestionError
from search.results import Hit

LOOKED_AT = 3  # hits
INTERCEPT = -11.1
# A state that nothing names is too rare for a fit, which gives -1.0: of the 541 own questions answered 3 have one,
# of the 66 foreign ones 3, some eight times as often, and the logarithm of 1/8 is -2.1.
WEIGHTS = {"late": 9.6, "dense": 10.5, "coverage": 4.5, "unnamed": -2.0}
# The confidence from which on at most this share of the questions answered are ones that the briefings do not answer.
LEAST_CONFIDENCE = {0.01: 0.91, 0.02: 0.88, 0.05: 0.67, 0.1: 0.45, 0.2: 0.16}


@dataclass(frozen=True)
class Evidence:
    """How well the best hits fit a question, which of its words they have, and what none of them has.

    late and dense: the best of the hits. coverage: the share of the question's words, by rarity, in one hit. unnamed:
    1 where the question names a state or a leader that no article of the hits names, else 0. found: words of the
    question that the hits have. missing: those that none has, and the kind of thing that is asked for, as
    "a date", where none has such a one.
    """

    late: float
    dense: float
    coverage: float
    unnamed: float
    found: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def confidence(self) -> float:
        """Return a probability from 0 to 1 that these hits answer."""
        weighted = sum(weight * getattr(self, name) for name, weight in WEIGHTS.items())
        return 1 / (1 + math.exp(-(INTERCEPT + weighted)))


def least_confidence(max_risk: float) -> float:
    """Return the confidence to ask for so that at most this share of the answers are to unanswerable questions.

    Between the risks that were measured it lies on a straight line. Raises QuestionError outside them.
    """
    risks, least = zip(*LEAST_CONFIDENCE.items(), strict=True)
    if not risks[0] <= max_risk <= risks[-1]:
        raise QuestionError(f"the risk is {max_risk:g}: choose one from {risks[0]} to {risks[-1]}, which were measured")
    return float(np.interp(max_risk, risks, least))


def weigh(store: Store, names: Names, question: Question, hits: Sequence[Hit]) -> Evidence:
    """Measure how well the best hits fit a question."""
    best = hits[:LOOKED_AT]
    terms = dict.fromkeys(store.lexical.question_terms(question.words))
    rarity = store.lexical.rarity(terms)
    total = sum(rarity.values())
    held = [terms.keys() & set(store.lexical.terms(embedded_text(hit.passage, with_title=True))) for hit in best]
    coverage = max((sum(rarity[term] for term in words) for words in held), default=0.0) / total if total else 0.0
    everywhere = set().union(*held)
    kind, lacking = _asked_for(question.text, best)
    time = question.period.words if question.period else ""
    told = _words_of(store, question.words, set(terms), without=f"{kind} {time}")
    found = {word for word in told if everywhere & set(store.lexical.part_terms(word))}
    return Evidence(
        late=max((hit.signals.late for hit in best if hit.signals.late is not None), default=-1.0),
        dense=max((hit.signals.dense for hit in best if hit.signals.dense is not None), default=-1.0),
        coverage=coverage,
        unnamed=float(bool(unnamed_in(names, question.text, [hit.passage.article for hit in hits]))),
        found=tuple(f"“{word}”" for word in told if word in found),
        missing=(*(f"“{word}”" for word in told if word not in found), *lacking),
    )


def unnamed_in(names: Names, question: str, articles: Sequence[Article]) -> tuple[str, ...]:
    """Return the states and leaders, as a question calls them, that none of these articles names in any way."""
    asked = {each.state: question[each.start : each.end] for each in names.mentions(question, typed=True)}
    return tuple(
        written
        for state, written in asked.items()
        if not any(names.is_named(state, f"{article.title}\n{article.text}") for article in articles)
    )


def _asked_for(question: str, hits: Sequence[Hit]) -> tuple[str, tuple[str, ...]]:
    """Return the words that ask for a kind of thing, as "how many", and that thing if no hit has such a one."""
    cue = cue_of(question)
    asked = cue.asked.search(question) if cue and cue.thing else None
    if cue is None or asked is None:
        return "", ()
    return asked[0], () if any(cue.found.search(hit.passage.text) for hit in hits) else (cue.thing,)


def _words_of(store: Store, question: str, stems: set[str], *, without: str) -> list[str]:
    """Return the question's own words for these stems, in its order, less those that ask or name a time."""
    words = [word.strip("?!.,;:\"'“”‘’„‚«»‹›()[]{}¿¡…？！。，") for word in question.split()]
    asking = {*without.casefold().split()}
    return list(
        dict.fromkeys(
            word for word in words if word.casefold() not in asking and stems & set(store.lexical.part_terms(word))
        )
    )
