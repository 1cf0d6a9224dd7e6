"""Quality floors on the project's own samples: CI fails when a figure falls below its floor.

    python bench/floors.py                          measure and compare
    python bench/floors.py --write                  raise floors to what is measured, less MARGIN
    python bench/floors.py --write --allow-lower    also lower them: say why in the commit

Floors are pinned with a digest of the questions and judgements that they were measured on, so that changing those
without measuring again fails, too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path

from bench.direction import measure as measure_direction
from index.build import build
from search.evaluate import evaluate_run, read_judgements, retrieve_all
from search.searcher import Searcher
from search.trec import read_queries

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
FLOORS = Path(__file__).with_name("floors.json")
MARGIN = 0.005  # machines round differently


def main() -> int:
    """Print each figure beside its floor and return 1 if one is too low."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write what was measured as the new floors")
    parser.add_argument("--allow-lower", action="store_true", help="with --write: also lower floors")
    call = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        measured = measure(Path(scratch))
    if call.write:
        write(measured, allow_lower=call.allow_lower)
    failures = failing(measured)
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))["floors"]
    for name, value in measured.items():
        print(f"{name:<28} {value:.4f}  floor {floors.get(name, float('nan')):.4f}")
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if failures else 0


def measure(scratch: Path) -> dict[str, float]:
    """Index the samples and return every figure that has a floor."""
    build(scratch / "samples", [EXAMPLES / "briefings"])
    build(scratch / "direction", [EXAMPLES / "direction-corpus.jsonl"])
    questions = [json.loads(line) for line in (EXAMPLES / "questions.jsonl").open(encoding="utf-8")]
    judgements = read_judgements(EXAMPLES / "qrels.tsv")
    with Searcher.open(scratch / "samples") as briefings:
        run = retrieve_all(
            lambda query: briefings.rank_articles(query.text, asked_on=query.asked_on),
            read_queries(EXAMPLES / "questions.jsonl"),
        )
        answers = {question["_id"]: briefings.ask(question["text"]) for question in questions}
    figures = evaluate_run(run, judgements, ["nDCG@10", "R@10", "Success@1"]).means
    answerable = [question for question in questions if question["metadata"]["answerable"]]
    hits = [
        any(gold["text"] in quote.quote for quote in answers[question["_id"]].citations for gold in golds)
        for question in answerable
        if (golds := question["metadata"]["answers"])
    ]
    quotes = [quote for answer in answers.values() for quote in answer.citations]
    exact = [quote.quote == quote.hit.passage.article.text[quote.start : quote.end] for quote in quotes]
    with Searcher.open(scratch / "direction") as briefings:
        wrong, asked, pairs_right, pairs = measure_direction(briefings, "all")
    return {
        **figures,
        "a quote holds the answer": sum(hits) / len(hits),
        "quotes that are exact": sum(exact) / len(exact),
        "direction, questions": (asked - len(wrong)) / asked,
        "direction, pairs": pairs_right / pairs,
    }


def failing(measured: dict[str, float]) -> list[str]:
    """Return what is below its floor, or measured on other questions than the floors."""
    pinned = json.loads(FLOORS.read_text(encoding="utf-8"))
    failures = [
        f"{name} is {measured[name]:.4f}, and its floor {floor:.4f}"
        for name, floor in pinned["floors"].items()
        if measured[name] < floor
    ]
    if pinned["questions_sha256"] != questions_digest():
        failures.append("the questions or judgements changed: measure again with --write")
    return failures


def write(measured: dict[str, float], *, allow_lower: bool) -> None:
    """Write new floors; one that would fall stays unless lowering is allowed."""
    old = json.loads(FLOORS.read_text(encoding="utf-8"))["floors"] if FLOORS.exists() else {}
    new = {name: value if value == 1 else round(value - MARGIN, 4) for name, value in measured.items()}
    if not allow_lower:
        new = {name: max(value, old.get(name, value)) for name, value in new.items()}
    pinned = {"questions_sha256": questions_digest(), "floors": new}
    FLOORS.write_text(json.dumps(pinned, indent=1) + "\n", encoding="utf-8")


def questions_digest() -> str:
    """Return the digest of the questions and judgements."""
    digest = hashlib.sha256()
    for name in ("questions.jsonl", "qrels.tsv", "direction.jsonl", "direction-corpus.jsonl"):
        digest.update((EXAMPLES / name).read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
