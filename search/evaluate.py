"""Questions and judgements to scores: how good retrieval is, on a corpus of one's own.

ir_measures and pytrec_eval do the arithmetic (MacAvaney, Macdonald and Ounis, "Streamlining Evaluation with
ir-measures", ECIR 2022, https://arxiv.org/abs/2111.13466). A judged question without results counts zero.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ir_measures

from index.errors import InputError
from search.question import QuestionError, UnreadableQuestionError
from search.trec import Query, text_lines

DEFAULT_MEASURES = ("nDCG@10", "R@10", "R@100", "RR@10", "AP@100", "Success@1")
MOST_RELEVANT = 1_000_000  # what a document may be judged as
DEPTH = 100  # ranked articles a question, where no measure looks further

Judgements = Mapping[str, Mapping[str, int]]  # question id -> document id -> relevance, 0 for not relevant
Run = Mapping[str, Sequence[tuple[str, float]]]  # question id -> (document id, score), best first


@dataclass(frozen=True)
class Evaluation:
    """Means over all judged questions, and each question's own values by measure."""

    means: dict[str, float]
    by_question: dict[str, dict[str, float]]


def retrieve_all(
    find: Callable[[Query], Sequence[tuple[str, float]]], queries: Iterable[Query]
) -> dict[str, Sequence[tuple[str, float]]]:
    """Ask every question; one that cannot be read, as it is empty or too long, retrieves nothing."""
    run: dict[str, Sequence[tuple[str, float]]] = {}
    for query in queries:
        try:
            run[query.query_id] = find(query)
        except UnreadableQuestionError:
            run[query.query_id] = []
    return run


def evaluate_run(run: Run, judgements: Judgements, measures: Sequence[str] = DEFAULT_MEASURES) -> Evaluation:
    """Score a run against judgements; neither is changed.

    Questions without a relevant document are left out, as no ranking of theirs is better than another; every
    other judged question counts, with zero where the run has nothing for it.
    Raises QuestionError for a measure that ir_measures does not know.
    """
    parsed = [_measure(name) for name in measures]
    judged = {question: found for question, found in judgements.items() if any(score > 0 for score in found.values())}
    if not judged:
        raise InputError("no question has a relevant document: check the qrels file")
    qrels = [ir_measures.Qrel(question, doc, score) for question, docs in judged.items() for doc, score in docs.items()]
    # Ranks are what we judge. Trec's tools sort by score, so scores are made to agree with the ranks, ties or not.
    scored = [
        ir_measures.ScoredDoc(question, doc, -float(rank))
        for question in judged
        for rank, (doc, _) in enumerate(run.get(question, ()))
    ]
    by_question: dict[str, dict[str, float]] = {question: dict.fromkeys(measures, 0.0) for question in judged}
    names: defaultdict[ir_measures.Measure, list[str]] = defaultdict(list)  # RR and MRR are two names of one measure
    for measure, name in zip(parsed, measures, strict=True):
        names[measure].append(name)
    try:
        for value in ir_measures.iter_calc(parsed, qrels, scored) if scored else ():
            by_question[value.query_id].update(dict.fromkeys(names[value.measure], float(value.value)))
    except Exception as error:  # some measures run tools of their own, which raise what they like
        raise InputError(f"{' '.join(measures)} cannot be computed here: choose other measures") from error
    means = {name: math.fsum(values[name] for values in by_question.values()) / len(by_question) for name in measures}
    return Evaluation(means, by_question)


def depth_for(measures: Sequence[str]) -> int:
    """Return how many ranks these measures look at, at least DEPTH. Raises QuestionError for one that is unknown."""
    return max(DEPTH, *(int(_measure(name).params.get("cutoff", DEPTH)) for name in measures))


def read_judgements(path: Path) -> dict[str, dict[str, int]]:
    """Read qrels: BEIR (question, document, score; a header line) or TREC (question, 0, document, score).

    Raises InputError where a line is neither, or judges a document a second time and otherwise, naming the line.
    """
    judgements: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for number, line in enumerate(text_lines(path), start=1):
        columns = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or (number == 1 and columns[-1].strip() == "score"):
            continue
        row = _judgement([column.strip() for column in columns])
        if row is None:
            raise InputError(f"{path} line {number} is no judgement: write question, document, whole score, with tabs")
        question, document, score = row
        if judgements[question].setdefault(document, score) != score:
            raise InputError(f"{path} line {number} judges {document} otherwise for {question} than a line before it")
    if not judgements:
        raise InputError(f"{path} holds no judgements")
    return dict(judgements)


def read_run(path: Path) -> dict[str, list[tuple[str, float]]]:
    """Read a TREC run; rows are ordered by score, equal scores by rank. Raises InputError, naming the line."""
    rows: defaultdict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for number, line in enumerate(text_lines(path), start=1):
        if not line.strip():
            continue
        columns = line.split()
        try:
            question, _, document, rank, score, _ = columns
            place = (-float(score), float(rank))
        except ValueError:
            raise InputError(f"{path} line {number} is no row of a TREC run: it needs six columns") from None
        if not all(map(math.isfinite, place)):
            raise InputError(f"{path} line {number} has a score or rank that is no number: write the run again")
        if document in rows[question]:
            raise InputError(f"{path} line {number} ranks {document} a second time for {question}: keep one of them")
        rows[question][document] = place
    if not rows:
        raise InputError(f"{path} holds no run")
    return {
        question: [(document, -place[0]) for document, place in sorted(found.items(), key=lambda item: item[1])]
        for question, found in rows.items()
    }


def _measure(name: str) -> ir_measures.Measure:
    try:
        measure = ir_measures.parse_measure(name)
        if measure.params.get("cutoff", 1) < 1:  # pytrec_eval ends the process over these
            raise ValueError(name)
        return measure
    except (NameError, ValueError, SyntaxError) as error:
        raise QuestionError(f"no measure {name!r}: try one of {' '.join(DEFAULT_MEASURES)}") from error


def _judgement(columns: Sequence[str]) -> tuple[str, str, int] | None:
    if len(columns) == 4:
        columns = (columns[0], columns[2], columns[3])
    if len(columns) != 3 or not columns[0] or not columns[1]:
        return None
    try:
        score = float(columns[2])
    except ValueError:
        return None
    # A fraction is no grade, and what is beyond these the measures cannot count.
    return (columns[0], columns[1], int(score)) if score.is_integer() and abs(score) <= MOST_RELEVANT else None
