"""Judgements to what `evaluate` reads: questions and qrels, and how well a ranking does on them.

Where people disagree, the majority of those who judged a passage decides, and a tie counts as not relevant: what half
of the desk would not use is not counted for a ranking. An article is relevant where one of its passages is. What was
said of a passage holds for its copies in other articles, which the page showed as one with it while a ranking lists
each for itself; where somebody judged the copy itself, only that counts. Answers are voted on in the same way: the
quotes of one that is right are gold answers for `evaluate --answers`, and a refusal that is right makes a question that
has no answer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal, TypeVar

from index.dates import iso_day
from search.evaluate import DEFAULT_MEASURES, Judgements, Run, depth_for, retrieve_all
from search.judgements import Judgement, counted
from search.period import period_of
from search.retrieve import Ranking
from search.searcher import Searcher
from search.trec import Query

Granularity = Literal["article", "passage"]
Key = TypeVar("Key", bound=Hashable)

# With five questions, no outcome of the test of `compare` is less likely than 2 in 32: p is never below .05.
FEW_QUESTIONS = 6

RANKINGS = {
    "default": Ranking(),
    "BM25 only": Ranking(lexical_share=1.0, reranked=0, period=0.0, year=0.0),
    "dense only": Ranking(lexical_share=0.0, reranked=0, period=0.0, year=0.0),
    "no late interaction": Ranking(bm25=0.5, dense=0.5, late=0.0),
    "no whole article": Ranking(whole_article=0.0),
    "no neighbours": Ranking(neighbours=0.0),
    "no time of asking": Ranking(period=0.0),
    "no years": Ranking(year=0.0),
}


def qrels(judgements: Iterable[Judgement], granularity: Granularity = "article") -> dict[str, dict[str, int]]:
    """Return what the judgements come to, as `evaluate_run` takes it."""
    passages = _with_copies(counted(judgements))
    article_of = {judgement.passage_id: judgement.article_id for judgement in passages}
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (query, passage), relevance in _majorities(passages, _what).items():
        document = passage if granularity == "passage" else article_of[passage]
        found[query][document] = max(relevance, found[query].get(document, 0))
    return dict(found)


def _with_copies(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Return the judgements of passages, and each again for every copy that nobody judged itself."""
    passages = [judgement for judgement in judgements if not judgement.of_answer]
    judged = set(map(_what, passages))
    copies = [
        replace(each, article_id=copy.rpartition("#")[0], passage_id=copy, copies=())
        for each in passages
        for copy in each.copies
    ]
    return [*passages, *(copy for copy in copies if _what(copy) not in judged)]


def _what(judgement: Judgement) -> tuple[str, str]:
    return judgement.query_id, judgement.passage_id


def queries(judgements: Iterable[Judgement]) -> list[Query]:
    """Return the questions that were judged, in the order in which they were first."""
    return [Query(each.query_id, each.question, _asked_on(each)) for each in _firsts(counted(judgements))]


def qrels_lines(judgements: Iterable[Judgement], granularity: Granularity = "article") -> Iterator[str]:
    """Yield the lines of a BEIR qrels file."""
    yield "query-id\tcorpus-id\tscore\n"
    for query, documents in qrels(judgements, granularity).items():
        for document, relevance in documents.items():
            yield f"{query}\t{document}\t{relevance}\n"


def queries_lines(judgements: Iterable[Judgement]) -> Iterator[str]:
    """Yield the lines of a BEIR queries file; the metadata holds the gold answers, where an answer was judged."""
    found = counted(judgements)
    gold = _gold(found)
    for first in _firsts(found):
        asked_on = _asked_on(first)
        metadata = {**({"date": asked_on.isoformat()} if asked_on else {}), **gold.get(first.query_id, {})}
        values: dict[str, Any] = {"_id": first.query_id, "text": first.question}
        yield json.dumps({**values, **({"metadata": metadata} if metadata else {})}) + "\n"


def questions_with_relevant(judged: Judgements) -> int:
    """Return how many questions an evaluation counts: those with a relevant document."""
    return sum(1 for documents in judged.values() if any(documents.values()))


def run_judged(
    searcher: Searcher,
    ranking: Ranking,
    asked: Sequence[Query],
    granularity: Granularity = "article",
    *,
    measures: Sequence[str] = DEFAULT_MEASURES,
    progress: Callable[[int], None] = lambda done: None,
) -> Run:
    """Ask every question with a ranking of its own over an index that is open; `progress` is told how many are done."""
    # The store and the model are the searcher's, and stay open: a ranking is only settings.
    other = Searcher(searcher.store, searcher.encoder, ranking=ranking, reranker=searcher.reranker)
    find = other.rank_articles if granularity == "article" else other.rank_passage_ids
    depth = depth_for(measures)
    return retrieve_all(lambda query: find(query.text, depth=depth, asked_on=query.asked_on), _told(asked, progress))


def _told(asked: Sequence[Query], progress: Callable[[int], None]) -> Iterator[Query]:
    for done, query in enumerate(asked, start=1):
        yield query
        progress(done)


def _firsts(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return the first judgement of each question."""
    firsts: dict[str, Judgement] = {}
    for judgement in judgements:
        firsts.setdefault(judgement.query_id, judgement)
    return list(firsts.values())


def _asked_on(judgement: Judgement) -> date | None:
    """Return the day a question was judged on where it names a time by it: later, "this week" is another."""
    day = iso_day(judgement.judged_at)
    asked_on = date.fromisoformat(day) if day else None
    return asked_on if asked_on and period_of(judgement.question, asked_on) else None


def _majorities(judgements: Iterable[Judgement], key: Callable[[Judgement], Key]) -> dict[Key, int]:
    votes: defaultdict[Key, list[int]] = defaultdict(list)
    for judgement in judgements:
        votes[key(judgement)].append(judgement.relevance or 0)
    return {each: int(2 * sum(found) > len(found)) for each, found in votes.items()}


def _gold(judgements: Sequence[Judgement]) -> dict[str, dict[str, Any]]:
    """Return each question's gold answers: the quotes of its right answers, or that it has none."""
    answers = [judgement for judgement in judgements if judgement.of_answer]
    votes = _majorities(answers, lambda each: each.thing)
    right = {each.thing: each for each in answers if votes[each.thing]}
    gold: dict[str, dict[str, Any]] = {}
    for judgement in right.values():
        quotes = [
            {"text": quote.text, "article_id": quote.article_id, "start": quote.start} for quote in judgement.quotes
        ]
        held = gold.setdefault(judgement.query_id, {"answers": [], "answerable": False})
        held["answers"] += [quote for quote in quotes if quote not in held["answers"]]
        held["answerable"] = bool(held["answers"])
    return gold
