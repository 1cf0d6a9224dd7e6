"""Answers against gold: whether a quote holds the answer, and what confidence is worth where questions deceive.

    python bench/answers.py --cache /tmp/quality

The whole corpus of a set is searched, with the default configuration. squad2-sample is asked otherwise: each question
of its own paragraph alone, half of them made to look answerable there, so that only refusal counts. Of
realtimeqa-evidence, as its answers are not all in the text, only questions count whose judged evidence has the
answer.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.quality import DATA
from index.build import build
from search.answer import ANSWERED_FROM
from search.evaluate import read_judgements
from search.gold import AnswerReport, AnswerScore, GoldQuestion, read_gold, report, score_answer
from search.searcher import Searcher

SETS = ("xquad-en", "ester-news-qa", "realtimeqa-evidence-2020-2024")
COLUMNS = ("questions", "hit_1", "hit_3", "span_f1", "answered", "citation_exactness", "risk", "coverage_at_risk")


def main() -> None:
    """Print a Markdown table, a row a set, and the figures of squad2-sample below it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="folder for the indexes")
    parser.add_argument("--most", type=int, default=1200, help="questions of a set, drawn once (default 1200)")
    call = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, default model\n")
    print("| set | " + " | ".join(name.replace("_", " ") for name in COLUMNS) + " |")
    print("| --- |" + " ---: |" * len(COLUMNS))
    for name in SETS:
        found = report(list(answered(name, call.cache, call.most)))
        print(f"| {name} | {found.questions} | " + " | ".join(_cell(found, column) for column in COLUMNS[1:]) + " |")
    found = report(list(deceived(call.cache)))
    print(
        f"\nsquad2-sample, each question of its own paragraph: {found.questions} questions, AUROC {found.auroc:.3f},"
        f" answered {found.answered:.2f}, refused {found.refused:.2f}"
    )


def answered(name: str, cache: Path, most: int) -> Iterator[AnswerScore]:
    """Yield the score of each question of a set."""
    build(cache / name, [DATA / name / "corpus.jsonl"])
    judgements = read_judgements(DATA / name / "qrels.tsv")
    questions = read_gold(DATA / name / "queries.jsonl")
    if len(questions) > most:
        questions = random.Random(1).sample(questions, most)
    with Searcher.open(cache / name) as briefings:
        for gold in questions:
            judged = [briefings.store.article(article) for article in judgements.get(gold.query_id, {})]
            text = " ".join(article.text for article in judged if article).casefold()
            if any(answer.casefold() in text for answer in gold.answers):
                yield _score(briefings, gold)


def deceived(cache: Path) -> Iterator[AnswerScore]:
    """Yield the score of each question of squad2-sample, asked of its paragraph alone."""
    folder = DATA / "squad2-sample"
    corpus = cache / "squad2-paragraphs.jsonl"
    with corpus.open("w", encoding="utf-8") as out:
        for line in (folder / "corpus.jsonl").open(encoding="utf-8"):
            values = json.loads(line)
            # A source of its own lets a filter pick the paragraph.
            out.write(json.dumps({**values, "metadata": {"source": values["_id"]}}) + "\n")
    build(cache / "squad2-paragraphs", [corpus])
    with Searcher.open(cache / "squad2-paragraphs") as briefings:
        for line in (folder / "qa.jsonl").open(encoding="utf-8"):
            values = json.loads(line)
            texts = tuple(each if isinstance(each, str) else each["text"] for each in values["answers"])
            gold = GoldQuestion(values["_id"], values["question"], texts, (), bool(values["answerable"]))
            yield _score(briefings, gold, source=values["corpus_id"])


def _score(briefings: Searcher, gold: GoldQuestion, source: str | None = None) -> AnswerScore:
    answer = briefings.ask(gold.text, least_confidence=0.0, source=source, asked_on=gold.asked_on)
    return score_answer(gold, answer, answered=answer.confidence >= ANSWERED_FROM)


def _cell(found: AnswerReport, column: str) -> str:
    value = getattr(found, column)
    return "" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
