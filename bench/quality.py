"""Retrieval quality on every set under ../shared/data, stage by stage, with one unchanged configuration.

    python bench/quality.py --cache /tmp/quality [SET ...]

Indexes are kept in the cache folder, so a second run embeds nothing. Graded judgements count with gain
2^score - 1, as in ../shared/data/README.md: pytrec_eval's gain is the score itself, so the scores are turned into
these gains first. Questions without a relevant document are left out. "with a day" counts the questions in which words
such as "this week" count from the day that they were asked on, which three of the sets state; "no day" leaves that day
out, "no year" the years that questions name.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.build import build
from search.evaluate import Run, evaluate_run, read_judgements, retrieve_all
from search.period import period_of
from search.retrieve import Ranking
from search.searcher import Searcher
from search.trec import Query, read_queries

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MEASURE = "nDCG@10"
DEPTH = 100  # articles of a run, of which the measure sees ten


@dataclass(frozen=True)
class Set:
    """A data set, and how many of its questions are asked: the first by id, or all."""

    name: str
    questions: int | None = None


SETS = (
    Set("time-1963"),
    Set("whitehouse-briefings-2016"),
    Set("realtimeqa-evidence-2020-2024", 400),
    Set("realtimeqa-articles-2022a"),
    Set("rgb-en-fact"),
    Set("cranfield"),
    Set("ester-news-qa", 400),
    Set("xquad-en", 400),
)
STAGES = {
    "BM25 only": Ranking(lexical_share=1.0, reranked=0, period=0.0, year=0.0),
    "dense only": Ranking(lexical_share=0.0, reranked=0, period=0.0, year=0.0),
    "fusion": Ranking(reranked=0, period=0.0, year=0.0),
    "late only": Ranking(bm25=0.0, dense=0.0, late=1.0, whole_article=0.0, neighbours=0.0),
    "no late": Ranking(bm25=0.5, dense=0.5, late=0.0),
    "no article": Ranking(whole_article=0.0),
    "no neighbours": Ranking(neighbours=0.0),
    "no day": Ranking(period=0.0),
    "no year": Ranking(year=0.0),
    "default": Ranking(),
}
RRF = "RRF"  # of the first two: Cormack, Clarke and Buettcher, SIGIR 2009, with their constant of 60
COLUMNS = ("BM25 only", "dense only", RRF, *list(STAGES)[2:])


def main() -> None:
    """Print a Markdown table: a row a set, a column a stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help="names of sets (default: all)")
    parser.add_argument("--cache", type=Path, required=True, help="folder for the indexes")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    call = parser.parse_args()
    chosen = [each for each in SETS if not call.sets or each.name in call.sets]
    print(f"nDCG@10, {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, default model\n")
    print("| set | questions | with a day | " + " | ".join(COLUMNS) + " |")
    print("| --- | ---: | ---: |" + " ---: |" * len(COLUMNS))
    figures: dict[str, dict[str, float]] = {}
    for each in chosen:
        count, dated, figures[each.name] = measure(each, call.cache)
        cells = " | ".join(f"{figures[each.name][stage]:.3f}" for stage in COLUMNS)
        print(f"| {each.name} | {count} | {dated or ''} | {cells} |", flush=True)
    if call.json:
        call.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def measure(each: Set, cache: Path) -> tuple[int, int, dict[str, float]]:
    """Return how many questions were asked, how many name a time by their day, and each stage's figure."""
    folder = cache / each.name
    build(folder, [DATA / each.name / "corpus.jsonl"])
    judgements = read_judgements(DATA / each.name / "qrels.tsv")
    judged = sorted(question for question, docs in judgements.items() if any(score > 0 for score in docs.values()))
    asked = set(judged[: each.questions])
    queries = [query for query in read_queries(DATA / each.name / "queries.jsonl") if query.query_id in asked]
    judgements = {question: {doc: 2**score - 1 for doc, score in judgements[question].items()} for question in asked}
    runs = {name: run_of(folder, queries, ranking) for name, ranking in STAGES.items()}
    runs[RRF] = reciprocal_ranks(runs["BM25 only"], runs["dense only"])
    dated = sum(1 for query in queries if query.asked_on and period_of(query.text, query.asked_on))
    return (
        len(queries),
        dated,
        {name: evaluate_run(run, judgements, [MEASURE]).means[MEASURE] for name, run in runs.items()},
    )


def run_of(folder: Path, queries: Sequence[Query], ranking: Ranking) -> Run:
    """Return the best articles of each question."""
    with Searcher.open(folder, ranking=ranking) as briefings:
        return retrieve_all(
            lambda query: briefings.rank_articles(query.text, depth=DEPTH, asked_on=query.asked_on), queries
        )


def reciprocal_ranks(*runs: Run, constant: int = 60) -> Run:
    """Fuse runs by the sum of 1 / (constant + rank)."""
    fused: dict[str, list[tuple[str, float]]] = {}
    for question in runs[0]:
        scores: defaultdict[str, float] = defaultdict(float)
        for run in runs:
            for rank, (article, _) in enumerate(run[question], start=1):
                scores[article] += 1 / (constant + rank)
        fused[question] = sorted(scores.items(), key=lambda scored: -scored[1])
    return fused


if __name__ == "__main__":
    main()
