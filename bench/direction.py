"""Who wants what from whom: how often the passage that tells the right direction ranks above the other.

    python bench/direction.py --split tune

Each pair has two questions (the parties exchanged) and two passages; a pair is right when both questions rank
their own passage above the other one, among all passages of the set. Weights were chosen on the pairs marked
"tune"; those marked "held" were left alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path

from index.build import build
from search.retrieve import Ranking
from search.searcher import Searcher

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def main() -> None:
    """Print the accuracy for questions and for pairs, with the direction vote and without it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", choices=("tune", "held", "all"), default="all")
    parser.add_argument("--failures", action="store_true", help="list the questions that went wrong")
    parser.add_argument("--index", type=Path, help="an index of examples/direction-corpus.jsonl, made if missing")
    call = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = call.index or Path(scratch, "index")
        build(folder, [EXAMPLES / "direction-corpus.jsonl"])
        for name, ranking in (("without the direction vote", Ranking(direction=0.0)), ("default", Ranking())):
            with Searcher.open(folder, ranking=ranking) as briefings:
                wrong, questions, pairs_right, pairs = measure(briefings, call.split)
            right = (questions - len(wrong)) / questions
            print(f"{name:<28} questions {right:.3f} of {questions}, pairs {pairs_right / pairs:.3f} of {pairs}")
    if call.failures:
        for line in wrong:
            print("  " + line)


def measure(briefings: Searcher, split: str) -> tuple[list[str], int, int, int]:
    """Return the questions that went wrong, and the counts of questions, right pairs and pairs."""
    wrong: list[str] = []
    pairs: defaultdict[str, list[bool]] = defaultdict(list)
    for line in (EXAMPLES / "direction.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        about = question["metadata"]
        if split not in ("all", about["split"]):
            continue
        ids = [article_id for article_id, _ in briefings.rank_articles(question["text"], depth=200)]
        places = [ids.index(about[key]) if about[key] in ids else len(ids) for key in ("answered_by", "not_by")]
        pairs[about["pair"]].append(places[0] < places[1])
        if places[0] >= places[1]:
            wrong.append(f"{question['_id']} {question['text']} (right at {places[0] + 1}, other at {places[1] + 1})")
    return wrong, sum(map(len, pairs.values())), sum(map(all, pairs.values())), len(pairs)


if __name__ == "__main__":
    main()
