"""How much memory indexing takes, by stage: a first run, a second one, and one after an article has changed.

    python bench/memory.py                                  10,000, 30,000 and 100,000 short articles
    python bench/memory.py --distinct --articles 5000 10000 20000
    python bench/memory.py --in-a-file 1

Articles are of 40 to 60 made-up words, 10,000 in a file, each with an id, a title and a date of its own. Unless
--distinct is given, they share 500 texts, which are embedded once: reading and writing are at full scale, embedding is
not. Each run is a process of its own, with the default model. Its peak is what the system counts as resident (VmHWM),
set back at the start of each stage; files that are mapped, such as the model, count in it. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from index.build import build
from index.progress import Progress

TEXTS = 500  # different ones, unless all are
STAGES = ("opening", "reading", "embedding", "writing")
ONSETS = ("b", "br", "d", "f", "g", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v")
ENDINGS = ("an", "el", "er", "ia", "in", "o", "or", "un", "ar", "is")
KNOWN = """
    the government minister of trade said that talks with and would resume after a week in for on by from its army port
    oil grain price rose fell percent report strike vote court law bank debt river city border police company workers
    """.split()  # noqa: SIM905 - forty quotation marks would not make it plainer


def main() -> None:
    """Print a Markdown table: a row for each run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    parser.add_argument("--distinct", action="store_true", help="every article has a text of its own")
    parser.add_argument("--in-a-file", type=int, default=10_000, help="articles in each file (default 10000)")
    parser.add_argument("--child", type=Path, nargs=2, metavar=("INDEX", "CORPUS"), help=argparse.SUPPRESS)
    call = parser.parse_args()
    if call.child:
        print(json.dumps(indexed(*call.child)))
        return
    kind = "distinct texts" if call.distinct else f"{TEXTS} distinct texts"
    print(
        f"{kind}, {call.in_a_file:,} in a file, {datetime.now(UTC):%Y-%m-%d}, {platform.machine()},"
        f" {os.cpu_count()} cores; peaks in MiB\n"
    )
    print(f"| articles | passages | run | embedded | {' | '.join(STAGES)} | peak | s |")
    print(f"| ---: | ---: | --- | ---: | {'---: | ' * len(STAGES)}---: | ---: |")
    for count in call.articles:
        with tempfile.TemporaryDirectory(prefix="briefings-memory-") as scratch:
            measure(Path(scratch), count, count if call.distinct else TEXTS, call.in_a_file)


def measure(scratch: Path, count: int, texts: int, in_a_file: int) -> None:
    """Index so many articles three times, and print a row for each."""
    corpus = scratch / "corpus"
    corpus.mkdir()
    for run, changed in (("first", -1), ("unchanged", -1), ("one changed", count // 2)):
        write_articles(corpus, count, texts, in_a_file, changed)
        command = [sys.executable, __file__, "--child", str(scratch / "index"), str(corpus)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        found = json.loads(done.stdout)
        peaks = found["peaks"]
        cells = [f"{peaks[stage]:.0f}" if stage in peaks else "" for stage in STAGES]
        print(
            f"| {count:,} | {found['passages']:,} | {run} | {found['embedded']:,} | {' | '.join(cells)}"
            f" | {max(peaks.values()):.0f} | {found['seconds']:.0f} |",
            flush=True,
        )


def indexed(index: Path, corpus: Path) -> dict[str, object]:
    """Index in this process and return what was done, in how many seconds, and the peak of each stage in MiB."""
    peaks: dict[str, float] = {}
    stage = STAGES[0]

    def watch(progress: Progress) -> None:
        nonlocal stage
        if progress.stage != stage:
            peaks[stage] = taken_peak()
            stage = progress.stage

    begun = time.monotonic()
    report = build(index, [corpus], progress=watch)
    seconds = time.monotonic() - begun
    peaks[stage] = taken_peak()
    return {"passages": report.passages, "embedded": report.embedded, "seconds": seconds, "peaks": peaks}


def taken_peak() -> float:
    """Return this process's peak of resident memory in MiB, and begin a new one."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return int(peak.split()[1]) / 1024


def write_articles(folder: Path, count: int, texts: int, in_a_file: int, changed: int) -> None:
    """Write JSON Lines of so many articles that share so many texts; one may have another text."""
    for first in range(0, count, in_a_file):
        with (folder / f"{first:06}.jsonl").open("w", encoding="utf-8") as out:
            for number in range(first, min(first + in_a_file, count)):
                # Titles of a series are not embedded with their passages: a text is embedded once.
                line = {
                    "_id": f"wire-{number}",
                    "title": f"Morning bulletin {number}",
                    "text": text_of(texts if number == changed else number % texts),
                    "metadata": {"date": f"{2000 + number % 20}-{1 + number % 12:02}-{1 + number % 28:02}"},
                }
                out.write(f"{json.dumps(line)}\n")


def text_of(number: int) -> str:
    """Return some sentences of 40 to 60 words in all, the same for the same number."""
    dice = random.Random(number)
    words = [dice.choice(KNOWN) if dice.random() < 0.7 else name(dice) for _ in range(dice.randint(40, 60))]
    sentences = [" ".join(words[first : first + 15]) for first in range(0, len(words), 15)]
    return " ".join(f"{sentence.capitalize()}." for sentence in sentences)


def name(dice: random.Random) -> str:
    """Return a made-up name."""
    return (dice.choice(ONSETS) + dice.choice(ENDINGS) + dice.choice(ONSETS) + dice.choice(ENDINGS)).capitalize()


if __name__ == "__main__":
    main()
