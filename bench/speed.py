"""How long a warm question takes, beside the plain way in the same process and run.

    python bench/speed.py --cache /tmp/quality --passages 100000

The plain way is sentence-transformers' encode and FAISS' flat search, which gives the ten nearest passages and
nothing else. The index holds the articles of the sets under ../shared/data, then the same again with other ids and
dates until there are enough passages: a copy takes its vectors from the first, so that building takes minutes.
Each question is asked of both ways before the next one, and the first questions are not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from bench.quality import DATA, SETS
from index.build import build
from index.models import find_model, load_sentence_transformer
from index.store import Store
from search.searcher import Searcher
from search.trec import read_queries

SHOWN = 10
WARM_UP = 20


def main() -> None:
    """Print a Markdown table: a row for each way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="folder for the index")
    parser.add_argument("--passages", type=int, default=100_000, help="least number of passages (default 100000)")
    parser.add_argument("--questions", type=int, default=200, help="how many questions are counted (default 200)")
    call = parser.parse_args()
    folder = index_of(call.cache / f"speed-{call.passages}", call.passages)
    asked = questions(WARM_UP + call.questions)
    with Searcher.open(folder) as briefings:
        manifest = briefings.store.manifest
        model = load_sentence_transformer(find_model(manifest.model.name))
        flat = faiss.read_index(str(briefings.store.generation / "vectors.faiss"))

        def plain(text: str) -> object:
            return flat.search(model.encode([text], normalize_embeddings=True), SHOWN)

        ways: dict[str, Callable[[str], object]] = {
            "sentence-transformers + FAISS flat": plain,
            "briefings search": lambda text: briefings.search(text, k=SHOWN),
            "briefings ask": lambda text: briefings.ask(text, k=SHOWN),
        }
        taken = measure(ways, asked)
    print(
        f"{manifest.passages:,} passages of {manifest.articles:,} articles, {call.questions} questions,"
        f" {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores\n"
    )
    print("| way | p50, ms | p95, ms | p50 against the plain way |")
    print("| --- | ---: | ---: | ---: |")
    base = np.median(taken["sentence-transformers + FAISS flat"])
    for way, times in taken.items():
        middle, slow = np.percentile(times, [50, 95])
        print(f"| {way} | {middle:.1f} | {slow:.1f} | {middle / base:.2f} |")


def measure(ways: dict[str, Callable[[str], object]], asked: list[str]) -> dict[str, list[float]]:
    """Return the milliseconds of each way for each question behind the warm-up."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for number, text in enumerate(asked):
        for way, answer in ways.items():
            begun = time.perf_counter()
            answer(text)
            if number >= WARM_UP:
                taken[way].append(1000 * (time.perf_counter() - begun))
    return taken


def questions(count: int) -> list[str]:
    """Return questions of all sets, mixed."""
    everything = [query.text for each in SETS for query in read_queries(DATA / each.name / "queries.jsonl")]
    return random.Random(1).sample(everything, count)


def index_of(folder: Path, passages: int) -> Path:
    """Build an index of at least so many passages, or take the one that is there."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus = folder / "articles.jsonl"
    index = folder / "index"
    held = 0
    copies = 1
    while held < passages:
        if not corpus.exists() or held:
            with corpus.open("w", encoding="utf-8") as out:
                out.writelines(f"{json.dumps(line)}\n" for line in articles(copies))
        build(index, [corpus])
        with Store.open(index) as store:
            held = store.manifest.passages
        once = held / copies
        copies = max(copies + 1, int(np.ceil(passages / once)))
    return index


def articles(copies: int) -> Iterator[dict[str, Any]]:
    """Yield the articles of all sets, so many times, each time of another year so that none is a wire copy."""
    for copy in range(copies):
        for each in SETS:
            for line in (DATA / each.name / "corpus.jsonl").open(encoding="utf-8"):
                values = json.loads(line)
                metadata = {**(values.get("metadata") or {}), "date": f"{1990 + copy}-06-01"}
                yield {**values, "_id": f"{each.name}-{values['_id']}-{copy}", "metadata": metadata}


if __name__ == "__main__":
    main()
