"""Kill a process that indexes 10,000 articles while it embeds, run it again, and count what is embedded twice.

    python bench/resume.py                   one kill, at a random moment of the embedding
    python bench/resume.py --kills 5         five, one after another

The model is the real one; the articles are one short sentence each, as it is the number of them that counts. Exits with
1 where more than one chunk of passages a kill was embedded twice, or the index that is made in the end is not whole.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import index.build as building
from index.doctor import examine
from index.embed import Encoded, Encoder, Role
from index.embedded import CHUNK
from index.models import Model
from index.store import Store

WHO = ["Kim", "Putin", "Erdogan", "Modi", "Biden", "Scholz", "Macron", "Meloni", "Sunak", "Lula"]
DID = ["praised", "blamed", "met", "telephoned", "warned", "sued", "thanked", "ignored", "joined", "left"]
WHAT = ["farmers", "miners", "sailors", "bankers", "judges", "teachers", "doctors", "drivers", "bakers", "nurses"]
WHERE = ["Oslo", "Lagos", "Lima", "Quito", "Hanoi", "Turin", "Accra", "Perth", "Tunis", "Minsk"]


@dataclass(frozen=True)
class Run:
    """What one process did: passages that it gave to the model, seconds, and whether it was killed."""

    embedded: int
    seconds: float
    killed: bool


def main() -> int:
    """Kill, run again, count; return 1 where work was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--seed", type=int, help="for the same moments again, as far as a clock allows")
    parser.add_argument("--child", nargs=2, metavar=("FOLDER", "CORPUS"), help=argparse.SUPPRESS)
    call = parser.parse_args()
    if call.child:
        return build(Path(call.child[0]), Path(call.child[1]))
    seed = call.seed if call.seed is not None else random.randrange(10**6)
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder, corpus = Path(scratch, "index"), Path(scratch, "corpus.jsonl")
        write(corpus, call.articles)
        print(f"{call.articles:,} articles, {call.kills} kill{'s' * (call.kills != 1)}, seed {seed}")
        left = call.articles
        runs: list[Run] = []
        for _ in range(call.kills):
            runs.append(run(folder, corpus, kill_after=dice.randrange(1, max(2, left)), wait=dice.random() / 2))
            left = max(0, left - runs[-1].embedded)
            print(told(runs[-1]), flush=True)
        runs.append(run(folder, corpus))
        print(told(runs[-1]))
        return verdict(folder, runs, call.articles)


def verdict(folder: Path, runs: Sequence[Run], articles: int) -> int:
    """Print what was embedded in all, beside what one run would have embedded; return 1 where work was lost."""
    with Store.open(folder) as store:
        passages = store.manifest.passages
    findings = examine(folder).findings
    embedded = sum(each.embedded for each in runs)
    most = passages + CHUNK * sum(each.killed for each in runs)
    print(f"embedded in all: {embedded:,} of {passages:,} passages, {embedded - passages:,} twice (at most {most:,})")
    print("the index is whole" if not findings else f"the index is damaged: {findings}")
    return 0 if embedded <= most and passages == articles and not findings else 1


def told(run: Run) -> str:
    """Return in words what one process did."""
    end = "killed" if run.killed else "ran to its end"
    return f"  {run.embedded:>6,} passages embedded in {run.seconds:.0f} s, then {end}"


def run(folder: Path, corpus: Path, *, kill_after: int | None = None, wait: float = 0.0) -> Run:
    """Index in a process of its own, which is killed some time after it has begun to embed so many passages."""
    command = [sys.executable, __file__, "--child", str(folder), str(corpus)]
    embedded = 0
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:  # goes on after the kill with what the process had said before
            embedded += int(line)
            if kill_after is not None and embedded >= kill_after:
                kill_after = None
                time.sleep(wait)
                process.send_signal(signal.SIGKILL)
    if process.returncode not in (0, -signal.SIGKILL):
        raise SystemExit(f"the process ended with {process.returncode}")
    return Run(embedded, time.monotonic() - started, process.returncode != 0)


class Counting:
    """The real encoder, which says how many passages it is given before it begins on them."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.dimension = encoder.dimension
        self.token_spans = encoder.token_spans

    def encode(self, texts: Sequence[str], *, role: Role) -> list[Encoded]:
        """Embed texts, in their order."""
        print(len(texts), flush=True)
        return self._encoder.encode(texts, role=role)


def build(folder: Path, corpus: Path) -> int:
    """Index, and say what is embedded."""
    encoder_of = building.encoder_of

    def counting(model: Model) -> Encoder:
        return Counting(encoder_of(model))

    building.encoder_of = counting
    building.build(folder, [corpus])
    return 0


def write(path: Path, articles: int) -> None:
    """Write a file of articles of one sentence, each another."""
    rows = []
    for number in range(articles):
        places = [int(digit) for digit in f"{number % 10_000:04}"]
        who, did, what, where = (words[at] for words, at in zip((WHO, DID, WHAT, WHERE), places, strict=True))
        again = f" for day {number // 10_000}" if number >= 10_000 else ""
        rows.append(json.dumps({"_id": f"a{number}", "title": "", "text": f"{who} {did} {what} in {where}{again}."}))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
