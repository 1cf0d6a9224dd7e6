"""Why a passage stands where it does, and why another was not returned: each stage's rank and score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.lexical import RowFilter
from index.records import Passage
from index.store import Store
from search.collapse import MOST_OF_ONE_ARTICLE, Chosen
from search.question import Question
from search.retrieve import Ranked

SEARCHES = ("bm25", "dense")  # which score any passage; the stages behind them see the candidates of these
ARTICLE_STAGES = ("article_bm25", "article_dense", "article_late")
STAGES = (
    *SEARCHES,
    "mixed",
    "late",
    *ARTICLE_STAGES,
    "neighbours",
    "direction",
    "period",
    "year",
    "reranker",
    "recency",
    "final",
)


@dataclass(frozen=True)
class Stage:
    """Where one stage puts a passage: its score, and its rank from 1 among those that the stage scored."""

    name: str
    score: float
    rank: int
    among: int


@dataclass(frozen=True)
class Explanation:
    """What became of a passage: each stage that scored it, its place among the hits if it has one, and why.

    The stage article_late knows the article only by those of its passages that are looked at closely.
    """

    passage: Passage
    rank: int | None
    stages: tuple[Stage, ...]
    fate: str


@dataclass(frozen=True)
class Trace:
    """One question's way through the stages. `copies_apart`: wire copies were to be hits of their own."""

    question: Question
    rows: RowFilter
    ranked: Sequence[Ranked]
    chosen: Sequence[Chosen]
    copies_apart: bool


def explain_hits(store: Store, trace: Trace) -> list[Explanation]:
    """Explain each hit, in order. Every stage ranks it among the candidates of this question."""
    passages = store.passages(each.ranked.number for each in trace.chosen)
    scores = _scores(trace.ranked)
    return [
        Explanation(passages[each.ranked.number], rank, _stages(scores, each.ranked), f"Shown at rank {rank}.")
        for rank, each in enumerate(trace.chosen, start=1)
    ]


def explain_passage(store: Store, trace: Trace, number: int) -> Explanation:
    """Explain what became of any passage of the index.

    The two searches rank it among all that pass the filter, which takes longer than a search.
    """
    passage = store.passages([number])[number]
    rank = next((at for at, each in enumerate(trace.chosen, start=1) if each.ranked.number == number), None)
    found = next((each for each in trace.ranked if each.number == number), None)
    searched = _searched(store, trace, number)
    later = [stage for stage in _stages(_scores(trace.ranked), found) if stage.name not in SEARCHES] if found else []
    fate = f"Shown at rank {rank}." if rank else _fate(store, trace, passage, number, found, searched)
    return Explanation(passage, rank, (*searched, *later), fate)


def _scores(ranked: Sequence[Ranked]) -> dict[str, NDArray[np.float64]]:
    """Return the scores that each stage gave, lowest first."""
    return {name: np.sort([score for each in ranked if (score := _score(each, name)) is not None]) for name in STAGES}


def _stages(scores: Mapping[str, NDArray[np.float64]], found: Ranked) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    for name, ordered in scores.items():
        own = _score(found, name)
        if own is not None:
            above = len(ordered) - int(np.searchsorted(ordered, own, side="right"))
            stages.append(Stage(name, own, 1 + above, len(ordered)))
    return tuple(stages)


def _score(found: Ranked, stage: str) -> float | None:
    if stage == "final":
        return found.score if found.signals.late is not None else None
    if stage == "mixed":
        return found.mixed
    score: float | None = getattr(found.signals, stage)
    # A BM25 score of 0 is a passage that this search did not find: it shares no word, or others are far better.
    return None if stage.endswith("bm25") and not score else score


def _searched(store: Store, trace: Trace, number: int) -> list[Stage]:
    """Rank the passage among all that pass the filter, as the two searches would without a limit."""
    everything = store.manifest.passages
    results = {
        "bm25": store.by_words(trace.question.words, everything, trace.rows, trace.question.named),
        "dense": store.nearest(trace.question.encoded.vector, everything, trace.rows),
    }
    stages: list[Stage] = []
    for name, (numbers, scores) in results.items():
        places = (numbers == number).nonzero()[0]
        if len(places):
            own = float(scores[places[0]])
            stages.append(Stage(name, own, 1 + int((scores > own).sum()), len(numbers)))
    return stages


def _fate(
    store: Store, trace: Trace, passage: Passage, number: int, found: Ranked | None, searched: Sequence[Stage]
) -> str:
    if not any(stage.name == "dense" for stage in searched):
        article = passage.article
        return (
            f"Left out by the filters: its article is of {article.published or 'an unknown date'}"
            f" and from {article.source or 'an unknown source'}."
        )
    if found is None:
        return "Neither its words nor its meaning put it among the candidates of the two searches."
    if found.signals.late is None:
        closely = sum(each.signals.late is not None for each in trace.ranked)
        return (
            f"The first mix of words and meaning put it below the best {closely}, which are looked at closely:"
            " ask for more with -k."
        )
    into = next((each for each in trace.chosen if number in each.copies), None)
    if into:
        kept = store.passages([into.ranked.number])[into.ranked.number]
        return f"Collapsed into {kept.passage_id}, which prints the same and lists its article."
    shown = store.passages(each.ranked.number for each in trace.chosen)
    same = sum(other.article.article_id == passage.article.article_id for other in shown.values())
    worst = min((each.ranked.score for each in trace.chosen), default=0.0)
    if not trace.copies_apart and same >= MOST_OF_ONE_ARTICLE and found.score >= worst:
        return f"Passed over for other articles: {same} passages of its own are shown already."
    return f"Ranked below the {len(trace.chosen)} that are shown: ask for more with -k."
