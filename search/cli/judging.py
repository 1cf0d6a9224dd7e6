"""The commands that measure: evaluate."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from search.cli.asking import output
from search.cli.common import Parser, add_index_option, command, put, put_json, say, with_progress
from search.evaluate import DEFAULT_MEASURES, DEPTH, Evaluation, evaluate_run, read_judgements, retrieve_all
from search.searcher import Searcher
from search.trec import read_queries, run_lines

SHOWN_UNKNOWN = 5


def add_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the commands of this module."""
    parser = command(
        commands,
        "evaluate",
        _evaluate,
        summary="Run questions and score the ranking against judgements.",
        example="briefings evaluate --queries examples/questions.jsonl --qrels examples/qrels.tsv",
    )
    parser.add_argument(
        "--queries", type=Path, required=True, metavar="FILE", help="questions: BEIR jsonl, tsv or TREC topics"
    )
    parser.add_argument("--qrels", type=Path, required=True, metavar="FILE", help="judgements: BEIR tsv or TREC qrels")
    parser.add_argument("--measures", nargs="+", default=list(DEFAULT_MEASURES), metavar="M", help="ir_measures names")
    parser.add_argument("--granularity", choices=("article", "passage"), default="article", help="what the qrels judge")
    parser.add_argument("--trec", metavar="RUN", help="also write the run (- for stdout)")
    parser.add_argument("--per-query", type=Path, metavar="FILE", help="also write each question's values, JSON lines")
    parser.add_argument("--json", action="store_true", help="the means as one JSON object")
    add_index_option(parser)


def _evaluate(call: argparse.Namespace) -> int:
    judgements = read_judgements(call.qrels)
    queries = read_queries(call.queries)
    with Searcher.open(call.index) as briefings:
        find = briefings.rank_articles if call.granularity == "article" else briefings.rank_passage_ids
        run = retrieve_all(
            lambda text: find(text, depth=DEPTH),
            with_progress([q for q in queries if q.query_id in judgements], "searching"),
        )
        unknown = briefings.store.unknown_ids({doc for docs in judgements.values() for doc in docs}, call.granularity)
    evaluation = evaluate_run(run, judgements, call.measures)
    _warn("judged but not in the index", sorted(unknown))
    _warn("judged but not among the questions", sorted(judgements.keys() - {query.query_id for query in queries}))
    if call.trec:
        with output(call.trec) as out:
            for question, ranked in run.items():
                out.writelines(run_lines(question, ranked))
    if call.per_query:
        _write_per_query(call.per_query, evaluation)
    if call.json:
        put_json(
            {
                "questions": len(evaluation.by_question),
                "measures": {n: round(v, 6) for n, v in evaluation.means.items()},
            }
        )
    else:
        put(f"{len(evaluation.by_question)} judged questions")
        for name, value in evaluation.means.items():
            put(f"  {name:<12} {value:.4f}")
    return 0


def _warn(what: str, ids: list[str]) -> None:
    if ids:
        more = f" and {len(ids) - SHOWN_UNKNOWN} more" if len(ids) > SHOWN_UNKNOWN else ""
        say(f"briefings: {what}: {', '.join(ids[:SHOWN_UNKNOWN])}{more}")


def _write_per_query(path: Path, evaluation: Evaluation) -> None:
    with output(str(path)) as out:
        for question, values in evaluation.by_question.items():
            out.write(json.dumps({"_id": question, **{name: round(value, 6) for name, value in values.items()}}) + "\n")
