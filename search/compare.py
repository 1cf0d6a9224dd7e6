"""Two runs and judgements to what can be said of their difference, question by question.

Three tools, each the plain one of its kind:

- a paired two-sided randomisation test: under the hypothesis that the systems are alike, each question's two values
  could as well be swapped (Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for
  Information Retrieval Evaluation", CIKM 2007, https://doi.org/10.1145/1321440.1321528);
- a percentile bootstrap interval of the mean difference, resampling questions (Efron, "Bootstrap Methods: Another Look
  at the Jackknife", Annals of Statistics 7, 1979; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993);
- Holm's correction, for testing several measures at once (Holm, "A Simple Sequentially Rejective Multiple Test
  Procedure", Scandinavian Journal of Statistics 6, 1979). The intervals are for each measure alone.

The seed is fixed and questions are taken in the order of their ids, so the same files give the same numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.evaluate import DEFAULT_MEASURES, Judgements, Run, evaluate_run
from search.trec import run_id

CONFIDENCE = 0.95
SIGNIFICANT = 1 - CONFIDENCE  # compared with p after Holm's correction
RESAMPLES = 10_000  # of the questions, for the interval
FLIPS = 100_000  # of the signs, for the test; Smucker, Allan and Carterette took as many
MOST_ENUMERATED = 12  # differing questions; 4,096 ways to flip them
SEED = 2007
SWINGS = 10
SHOWN = 5  # results of each system in a swing
SHOWN_BELOW = 3  # relevant ones further down that are shown with them
NOISE = 1e-9  # what floats may add to a difference; no measure resolves this finely
_CELLS = 1_000_000  # random numbers held at once

Values = NDArray[np.float64]


@dataclass(frozen=True)
class MeasureComparison:
    """One measure over all judged questions: means, B - A with its interval, p, and how often B wins."""

    measure: str
    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    wins: int
    ties: int
    losses: int

    @property
    def significant(self) -> bool:
        """Return whether these questions show a difference, all measures considered."""
        return self.p_holm < SIGNIFICANT


@dataclass(frozen=True)
class QuestionPair:
    """What the two systems reach on one question, by the first measure."""

    question_id: str
    a: float
    b: float
    difference: float


@dataclass(frozen=True)
class RankedArticle:
    """A result of a run; its relevance is None where nobody judged it."""

    rank: int
    article_id: str
    relevance: int | None


@dataclass(frozen=True)
class Swing:
    """A question on which the systems differ much, with the best results of both."""

    pair: QuestionPair
    results_a: tuple[RankedArticle, ...]
    results_b: tuple[RankedArticle, ...]


@dataclass(frozen=True)
class Comparison:
    """Two runs compared. Pairs are by the first measure, largest gain of B first; so are the swings, by size."""

    measures: tuple[MeasureComparison, ...]
    pairs: tuple[QuestionPair, ...]
    swings: tuple[Swing, ...]


def compare_runs(
    run_a: Run, run_b: Run, judgements: Judgements, measures: Sequence[str] = DEFAULT_MEASURES
) -> Comparison:
    """Compare run B with run A; a judged question that a run has nothing for counts zero there.

    1. Score both runs, question by question.
    2. Put an interval around each measure's mean difference, and test it.
    3. Look up both systems' results where they differ most, by the first measure.
    Raises InputError and QuestionError as `evaluate_run` does.
    """
    # 1. score
    measures = list(dict.fromkeys(measures))  # one asked for twice would be corrected for twice
    found_a, found_b = (evaluate_run(run, judgements, measures) for run in (run_a, run_b))
    questions = sorted(found_a.by_question)
    differences = np.array(
        [[found_b.by_question[q][name] - found_a.by_question[q][name] for q in questions] for name in measures]
    )
    differences[np.abs(differences) < NOISE] = 0.0

    # 2. test
    intervals = bootstrap_intervals(differences)
    ps = randomisation_ps(differences)
    compared = tuple(
        MeasureComparison(
            measure=name,
            mean_a=found_a.means[name],
            mean_b=found_b.means[name],
            difference=math.fsum(row) / len(row),
            low=float(low),
            high=float(high),
            p=p,
            p_holm=p_holm,
            wins=int((row > 0).sum()),
            ties=int((row == 0).sum()),
            losses=int((row < 0).sum()),
        )
        for name, row, (low, high), p, p_holm in zip(
            measures, differences, intervals, ps, holm_corrected(ps), strict=True
        )
    )

    # 3. look up
    first = measures[0]
    pairs = [
        QuestionPair(question, found_a.by_question[question][first], found_b.by_question[question][first], float(gain))
        for question, gain in zip(questions, differences[0], strict=True)
    ]
    largest = sorted((pair for pair in pairs if pair.difference), key=lambda pair: -abs(pair.difference))[:SWINGS]
    swings = tuple(Swing(pair, *(_results(pair, run, judgements) for run in (run_a, run_b))) for pair in largest)
    return Comparison(compared, tuple(sorted(pairs, key=lambda pair: -pair.difference)), swings)


def bootstrap_intervals(differences: Values) -> Values:
    """Return the 95 % percentile intervals (m, 2) of the means of m rows of paired differences (m, n).

    All rows meet the same resamples, so no measure's interval depends on which others are asked for.
    """
    count = differences.shape[1]
    random = np.random.default_rng(SEED)
    tail = (1 - CONFIDENCE) / 2
    means = []
    for rows in _batches(RESAMPLES, count):
        drawn = random.integers(0, count, size=(rows, count)) + np.arange(rows)[:, np.newaxis] * count
        times = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)  # each question was drawn
        means.append(times @ differences.T / count)
    intervals: Values = np.quantile(np.concatenate(means), [tail, 1 - tail], axis=0).T
    return intervals


def randomisation_ps(differences: Values) -> list[float]:
    """Return the two-sided p of each of m rows of paired differences (m, n).

    Every way to flip the signs is tried where few questions differ; else 100,000 random ways are, and the one that
    happened counts among them (Davison and Hinkley, "Bootstrap Methods and Their Application", 1997), so p is never 0.
    """
    few = np.count_nonzero(differences, axis=1) <= MOST_ENUMERATED
    if few.all():
        return [_enumerated_p(row) for row in differences]
    sampled = _sampled_ps(differences)
    return [_enumerated_p(row) if exact else p for row, exact, p in zip(differences, few, sampled, strict=True)]


def holm_corrected(ps: Sequence[float]) -> list[float]:
    """Return each p as Holm's step-down procedure corrects it: the smallest times m, the next times m - 1, ..."""
    corrected = [0.0] * len(ps)
    reached = 0.0
    for place, at in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        reached = max(reached, min(1.0, (len(ps) - place) * ps[at]))
        corrected[at] = reached
    return corrected


def with_judged_ids(run: Run, judgements: Judgements) -> dict[str, list[tuple[str, float]]]:
    """Return the run with ids as the judgements write them; a run percent-encodes white space, BEIR qrels do not."""
    questions = {run_id(question): question for question in judgements}
    documents = {run_id(doc): doc for judged in judgements.values() for doc in judged}
    return {
        questions.get(question, question): [(documents.get(doc, doc), score) for doc, score in ranked]
        for question, ranked in run.items()
    }


def _enumerated_p(row: Values) -> float:
    differing = row[row != 0]
    ways = itertools.product((1.0, -1.0), repeat=len(differing))
    signs = np.array(list(ways)).reshape(2 ** len(differing), len(differing))
    return float(np.mean(_as_extreme(signs @ differing, differing.sum(), row)))


def _sampled_ps(differences: Values) -> list[float]:
    count = differences.shape[1]
    random = np.random.default_rng(SEED)
    totals = differences.sum(axis=1)
    extreme = np.zeros(len(differences))
    for rows in _batches(FLIPS, count):
        kept = random.integers(0, 2, size=(rows, count), dtype=np.int8).astype(np.float64)
        flipped = 2 * (kept @ differences.T) - totals  # kept signs minus turned ones
        extreme += [_as_extreme(flipped[:, at], totals[at], row).sum() for at, row in enumerate(differences)]
    return [float(count + 1) / (FLIPS + 1) for count in extreme]


def _as_extreme(flipped: Values, total: float, row: Values) -> NDArray[np.bool_]:
    # Sums that are equal on paper differ in their last bits, and with measures like RR@10 many are equal.
    result: NDArray[np.bool_] = np.abs(flipped) >= abs(total) - NOISE * np.abs(row).sum()
    return result


def _batches(total: int, count: int) -> Iterator[int]:
    """Yield how many rows of `count` numbers to draw at once, until `total` are drawn."""
    size = max(1, _CELLS // count)
    while total > 0:
        yield min(size, total)
        total -= size


def _results(pair: QuestionPair, run: Run, judgements: Judgements) -> tuple[RankedArticle, ...]:
    judged: Mapping[str, int] = judgements[pair.question_id]
    ranked = [
        RankedArticle(rank, doc, judged.get(doc))
        for rank, (doc, _) in enumerate(run.get(pair.question_id, ()), start=1)
    ]
    below = [found for found in ranked[SHOWN:] if (found.relevance or 0) > 0]
    return (*ranked[:SHOWN], *below[:SHOWN_BELOW])
