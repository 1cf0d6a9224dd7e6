"""The commands that measure: evaluate and compare."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import unquote

from index.errors import InputError
from index.records import Article
from index.store import Store
from index.wording import count_of
from search.answer import ANSWERED_FROM
from search.cli.asking import output
from search.cli.common import (
    Parser,
    add_index_option,
    add_reader_option,
    add_rerank_option,
    command,
    filled,
    filled_path,
    put,
    put_json,
    say,
    with_progress,
)
from search.compare import NOISE, Comparison, compare_runs, with_judged_ids
from search.evaluate import (
    DEFAULT_MEASURES,
    Evaluation,
    depth_for,
    evaluate_run,
    read_judgements,
    read_run,
    retrieve_all,
)
from search.gold import AnswerScore, GoldQuestion, read_gold, report, score_answer
from search.question import QuestionError, UnreadableQuestionError
from search.render import terminal
from search.report import Labels, comparison_html, comparison_json, comparison_text
from search.results import Answer
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
    parser.add_argument("--qrels", type=Path, metavar="FILE", help="judgements: BEIR tsv or TREC qrels")
    parser.add_argument(
        "--answers", action="store_true", help="score the answers against those in the questions' metadata instead"
    )
    parser.add_argument("--measures", nargs="+", default=list(DEFAULT_MEASURES), metavar="M", help="ir_measures names")
    parser.add_argument("--granularity", choices=("article", "passage"), default="article", help="what the qrels judge")
    parser.add_argument("--trec", type=filled, metavar="RUN", help="also write the run (- for stdout, alone)")
    parser.add_argument(
        "--per-query",
        type=filled,
        metavar="FILE",
        help="also write each question's values, JSON lines (- for stdout, alone)",
    )
    parser.add_argument("--json", action="store_true", help="the means as one JSON object")
    add_rerank_option(parser)
    add_reader_option(parser)
    add_index_option(parser)
    _add_compare(commands)


def _add_compare(commands: argparse._SubParsersAction[Parser]) -> None:
    parser = command(
        commands,
        "compare",
        _compare,
        summary="Tell whether run B ranks better than run A: paired tests, wins and losses, the largest swings.",
        example="briefings search --queries examples/questions.jsonl --trec a.run && "
        "briefings compare a.run a.run --qrels examples/qrels.tsv --fail-under nDCG@10=-0.01",
    )
    parser.add_argument("run_a", type=Path, metavar="RUN_A", help="a TREC run, such as 'search --trec' writes")
    parser.add_argument("run_b", type=Path, metavar="RUN_B", help="the run to compare with it")
    parser.add_argument("--qrels", type=Path, required=True, metavar="FILE", help="judgements: BEIR tsv or TREC qrels")
    parser.add_argument(
        "--measures",
        nargs="+",
        default=list(DEFAULT_MEASURES),
        metavar="M",
        help="ir_measures names; swings are by the first",
    )
    parser.add_argument("--queries", type=Path, metavar="FILE", help="questions, to show their texts with the swings")
    parser.add_argument(
        "--index", type=filled_path, metavar="DIR", help="index folder, to show articles with the swings"
    )
    parser.add_argument(
        "--fail-under",
        action="append",
        default=[],
        metavar="M=VALUE",
        help="exit with 1 where B - A in M is below the value; may be repeated",
    )
    parser.add_argument(
        "--html", type=filled, metavar="FILE", help="also write a report that opens offline (- for stdout, alone)"
    )
    parser.add_argument("--json", action="store_true", help="the comparison as one JSON object")


def _evaluate(call: argparse.Namespace) -> int:
    if call.answers:
        return _evaluate_answers(call)
    if not call.qrels:
        raise QuestionError("evaluate needs --qrels FILE, or --answers")
    on_stdout = (call.trec == "-") + (call.per_query == "-")
    if on_stdout + call.json > 1:
        raise QuestionError("only one of --trec -, --per-query - and --json can write to stdout: name files")
    judgements = read_judgements(call.qrels)
    queries = read_queries(call.queries)
    if judgements.keys().isdisjoint(query.query_id for query in queries):
        raise InputError(f"no question of {call.queries} is judged in {call.qrels}: check that their ids are the same")
    depth = depth_for(call.measures)
    with Searcher.open(call.index, reranker=call.rerank, reader=call.reader) as briefings:
        find = briefings.rank_articles if call.granularity == "article" else briefings.rank_passage_ids
        run = retrieve_all(
            lambda query: find(query.text, depth=depth, asked_on=query.asked_on),
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
    elif not on_stdout:
        put(count_of(len(evaluation.by_question), "judged question"))
        for name, value in evaluation.means.items():
            put(f"  {name:<12} {value:.4f}")
    return 0


def _evaluate_answers(call: argparse.Namespace) -> int:
    if call.qrels or call.trec or call.per_query:
        raise QuestionError("--answers needs no --qrels and writes no run: leave out --qrels, --trec and --per-query")
    with Searcher.open(call.index, reranker=call.rerank, reader=call.reader) as briefings:
        scores = [_answer_score(briefings, gold) for gold in with_progress(read_gold(call.queries), "answering")]
    found = report(scores)
    if call.json:
        put_json({name: round(v, 6) if isinstance(v, float) else v for name, v in asdict(found).items()})
        return 0
    put(f"{count_of(found.questions, 'question')}, {found.answerable} of them with an answer")
    for name, value in asdict(found).items():
        if isinstance(value, float):
            put(f"  {name.replace('_', ' '):<20} {value:.4f}")
    return 0


def _answer_score(briefings: Searcher, gold: GoldQuestion) -> AnswerScore:
    try:
        # Asked so that it always quotes, for the risk at other thresholds than the one that is set.
        answer = briefings.ask(gold.text, least_confidence=0.0, asked_on=gold.asked_on)
    except UnreadableQuestionError:
        answer = Answer(gold.text, (), (), "", 0.0)
    return score_answer(gold, answer, answered=answer.confidence >= ANSWERED_FROM)


def _compare(call: argparse.Namespace) -> int:
    floors = [_floor(text, call.measures) for text in call.fail_under]
    if call.json and call.html == "-":
        raise QuestionError("--json and --html - both write to stdout: name a file for one of them")
    judgements = read_judgements(call.qrels)
    run_a, run_b = (with_judged_ids(read_run(path), judgements) for path in (call.run_a, call.run_b))
    comparison = compare_runs(run_a, run_b, judgements, call.measures)
    judged = {pair.question_id for pair in comparison.pairs}
    for path, run in ((call.run_a, run_a), (call.run_b, run_b)):
        _warn(f"judged but not in {path}, so counted as 0", sorted(judged - run.keys()))
    _warn("in the runs but not judged", sorted((run_a.keys() | run_b.keys()) - judgements.keys()))
    labels = _labels(call, comparison)
    if call.html:
        with output(call.html) as out:
            out.write(comparison_html(comparison, labels))
    if call.json:
        put_json(comparison_json(comparison, labels))
    elif call.html != "-":
        terminal().print(comparison_text(comparison, labels))
    return _check_floors(comparison, floors)


def _floor(text: str, measures: Sequence[str]) -> tuple[str, float]:
    # The last "=" parts them: a measure's own name may hold some, as P(rel=2)@5 does.
    measure, _, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not measure or not math.isfinite(value):
        raise QuestionError(f"--fail-under is {text!r}: write a measure and a difference, such as nDCG@10=-0.01")
    if measure not in measures:
        raise QuestionError(f"--fail-under names {measure}, which is not compared: add it to --measures")
    return measure, value


def _check_floors(comparison: Comparison, floors: Sequence[tuple[str, float]]) -> int:
    differences = {found.measure: found.difference for found in comparison.measures}
    low = [(measure, value) for measure, value in floors if differences[measure] < value - NOISE]
    if low:
        told = ", ".join(f"{measure} {differences[measure]:+.4f} is below {value:+g}" for measure, value in low)
        say(f"briefings: B - A is too low: {told}")
    return 1 if low else 0


def _labels(call: argparse.Namespace, comparison: Comparison) -> Labels:
    questions = {query.query_id: query.text for query in read_queries(call.queries)} if call.queries else {}
    shown = {found.article_id for swing in comparison.swings for found in (*swing.results_a, *swing.results_b)}
    articles: Mapping[str, Article] = {}
    if call.index:
        with Store.open(call.index) as store:
            # A run percent-encodes white space; what follows "#" in a passage's id is its place in the article.
            tried = {name: (name, unquote(name), name.rpartition("#")[0]) for name in shown}
            found = {name: next(filter(None, map(store.article, names)), None) for name, names in tried.items()}
            articles = {name: article for name, article in found.items() if article}
    return Labels(str(call.run_a), str(call.run_b), str(call.qrels), questions, articles)


def _warn(what: str, ids: list[str]) -> None:
    if ids:
        more = f" and {len(ids) - SHOWN_UNKNOWN} more" if len(ids) > SHOWN_UNKNOWN else ""
        say(f"briefings: {what}: {', '.join(ids[:SHOWN_UNKNOWN])}{more}")


def _write_per_query(name: str, evaluation: Evaluation) -> None:
    with output(name) as out:
        for question, values in evaluation.by_question.items():
            out.write(json.dumps({"_id": question, **{name: round(value, 6) for name, value in values.items()}}) + "\n")
