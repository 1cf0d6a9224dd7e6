"""Kill processes that write an index, wherever they touch the disk, and look at what is left.

    python bench/crash.py                  200 kills, at random points and at random moments
    python bench/crash.py --every          one kill at each point of each operation, or of one: --operation index
    python bench/crash.py --strace 100     100 kills by the system call: needs strace, a second each

A point is where Python is about to fsync, rename, remove, make or open a file for writing, to open a database, or has
come one step further; a moment is any, also inside of SQLite, FAISS and tantivy. After each kill another process opens
the index: it must hold what it held before or what it was to hold, answer, and be found whole by the doctor. Then the
operation is done again and must finish. Exits with 1 where something did not survive.

Each run is a fork of this process, which has imported everything and used nothing: a kill takes a tenth of a second.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads that wait for work in a thousand short processes

import numpy as np

import index.build as building
from index import embedded
from index.doctor import examine, repair
from index.embed import Encoded, Role
from index.errors import IndexFolderError
from index.generations import leftovers
from index.history import rollback
from index.lexical import RowFilter
from index.models import Model
from index.removal import Selection, remove
from index.store import Store

OLD = {f"old{number}": f"The old text of story {chr(97 + number) * 3}." for number in range(6)}
NEW = {**OLD, "old1": "The old text, changed.", **{f"new{number}": f"New text {'x' * number}." for number in range(7)}}
LEARNT = {**OLD, **{f"{name * 3}.txt": f"The new text of story {name * 4}." for name in "abcde"}}
LEFT = {key: text for key, text in NEW.items() if key != "new3"}
SYSTEM_CALLS = "write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,rmdir,ftruncate"

Articles = dict[str, str]


class Letters:
    """An encoder that counts letters, so that a run costs nothing but its writes."""

    dimension = 26

    def encode(self, texts: Sequence[str], *, role: Role) -> list[Encoded]:
        """Embed texts, each of one token; both roles alike."""
        counts = [[text.lower().count(chr(code)) + 0.1 for code in range(97, 123)] for text in texts]
        rows = [np.array(row, dtype=np.float32) / np.float32(np.linalg.norm(row)) for row in counts]
        return [
            Encoded(row, row[np.newaxis], np.array([[0, len(text)]], dtype=np.int32))
            for row, text in zip(rows, texts, strict=True)
        ]


@dataclass(frozen=True)
class Operation:
    """Something that writes: from what it starts, what it does, and what the index may hold when it was killed."""

    name: str
    prepare: Callable[[Path], None]
    run: Callable[[Path], None]
    may_hold: tuple[Articles | None, ...]  # None: there is no index yet
    holds: Articles


def main() -> int:
    """Kill, look, count; return 1 where something did not survive."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--every", action="store_true", help="one kill at each point instead")
    parser.add_argument("--strace", type=int, metavar="N", help="so many kills by the system call instead")
    parser.add_argument("--operation", choices=[each.name for each in OPERATIONS], help="kill only this one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=2, metavar=("OPERATION", "FOLDER"), help=argparse.SUPPRESS)
    call = parser.parse_args()
    building.find_model = lambda name: Model(name, Path(), hashlib.sha256(name.encode()).hexdigest())
    building.encoder_of = lambda _: Letters()
    embedded.CHUNK = 3
    if call.child:
        next(each for each in OPERATIONS if each.name == call.child[0]).run(Path(call.child[1]))
        return 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["TMPDIR"] = tempfile.tempdir = scratch  # what a killed process leaves there goes with it
        outcomes = Counter(survivals(Path(scratch), call, random.Random(call.seed)))
    for (name, outcome), count in sorted(outcomes.items()):
        print(f"{name:<10} {count:>4} {outcome}")
    lost = sum(count for (_, outcome), count in outcomes.items() if outcome.startswith("LOST"))
    print(f"{sum(outcomes.values())} kills, {lost} did not survive ({time.monotonic() - started:.0f} s)")
    return 1 if lost else 0


def survivals(scratch: Path, call: argparse.Namespace, dice: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the name of each operation that was killed and what became of the index."""
    points: dict[str, int] = {}
    seconds: dict[str, float] = {}
    operations = [each for each in OPERATIONS if call.operation in (None, each.name)]
    for operation in operations:
        folder = scratch / "run"  # the files that are indexed stand at the same place in every run
        folder.mkdir()
        in_fork(lambda: operation.prepare(folder))  # noqa: B023  # runs at once
        shutil.copytree(folder, scratch / operation.name)
        started = time.monotonic()
        points[operation.name] = int(in_fork(lambda: counted(operation, folder)))  # noqa: B023
        seconds[operation.name] = time.monotonic() - started
        shutil.rmtree(folder)
    if call.every:
        for operation in operations:
            for point in range(points[operation.name]):
                yield operation.name, killed(operation, scratch, point=point)
        return
    for _ in range(call.strace or call.kills):
        operation = dice.choice(operations)
        if call.strace:
            yield operation.name, killed(operation, scratch, system_call=dice.randrange(1, 100))
        elif dice.random() < 0.5:
            yield operation.name, killed(operation, scratch, point=dice.randrange(points[operation.name]))
        else:
            yield operation.name, killed(operation, scratch, after=dice.random() * seconds[operation.name])


def killed(
    operation: Operation,
    scratch: Path,
    *,
    point: int | None = None,
    after: float | None = None,
    system_call: int | None = None,
) -> str:
    """Run an operation, kill it, and return what became of the index."""
    folder = shutil.copytree(scratch / operation.name, scratch / "run")
    if system_call:
        run_traced(operation, folder, system_call)
    else:
        run_forked(operation, folder, point, after)
    outcome = in_fork(lambda: looked_at(operation, folder))
    shutil.rmtree(folder)
    return outcome


def run_forked(operation: Operation, folder: Path, point: int | None, after: float | None) -> None:
    """Run an operation in a fork that is killed at a point or after so many seconds."""
    child = os.fork()
    if not child:
        try:
            if point is not None:
                die_at(point)
            operation.run(folder)
        finally:
            os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def run_traced(operation: Operation, folder: Path, number: int) -> None:
    """Run an operation in a process that the system kills at its n-th call that writes."""
    inject = f"inject={SYSTEM_CALLS}:signal=KILL:when={number}"
    command = [sys.executable, "-B", __file__, "--child", operation.name, str(folder)]
    traced = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={SYSTEM_CALLS}", "-e", inject, *command]
    subprocess.run(traced, check=False, stderr=subprocess.DEVNULL)


def in_fork(work: Callable[[], object]) -> str:
    """Do some work in a fork and return what it returned, as text, or what it raised."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            said = str(work())
        except BaseException as error:  # told to the parent
            said = f"LOST: {error!r}"
        os.write(writer, said.encode()[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def on_points(act: Callable[[], None]) -> None:
    """Call a function just before each thing that this process does to the disk, from now on."""
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
    events = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "sqlite3.connect"}

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in events or (event == "open" and isinstance(arguments[2], int) and arguments[2] & writing):
            act()

    def fsync(descriptor: int) -> None:
        act()
        real_fsync(descriptor)

    real_fsync = os.fsync
    os.fsync = fsync
    sys.addaudithook(hook)


def die_at(point: int) -> None:
    """Kill this process at its n-th point."""
    reached = 0

    def act() -> None:
        nonlocal reached
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)
        reached += 1

    on_points(act)


def counted(operation: Operation, folder: Path) -> int:
    """Run an operation to its end and return how many points it has."""
    reached = 0

    def act() -> None:
        nonlocal reached
        reached += 1

    on_points(act)
    operation.run(folder)
    return reached


def looked_at(operation: Operation, folder: Path) -> str:
    """Return which index is there and whether the operation can be done again; raise where something is lost."""
    found = articles_of(folder / "index")
    if found not in operation.may_hold:
        return f"LOST: holds {found}"
    if found is not None and (broken := examine(folder / "index").findings) and operation.name != "repair":
        return f"LOST: {broken}"
    operation.run(folder)
    if articles_of(folder / "index") != operation.holds:
        return "LOST: the next run did not finish"
    if broken := examine(folder / "index").findings:
        return f"LOST: after the next run {broken}"
    if leftovers(folder / "index"):
        return "LOST: leftovers after the next run"
    return "had the old index, and the next run finished" if found != operation.holds else "had the new index"


def articles_of(folder: Path) -> Articles | None:
    """Return the articles of an index, id to text, or None where there is none; each is found by words and meaning."""
    try:
        store = Store.open(folder)
    except IndexFolderError as error:
        if "no index in" in str(error):
            return None
        raise
    with store:
        numbers = store.nearest(Letters().encode(["text"], role="query")[0].vector, 1000, RowFilter())[0].tolist()
        by_words = set(store.lexical.search("old new text story changed", 1000, RowFilter())[0].tolist())
        if set(numbers) != by_words or len(numbers) != store.manifest.passages:
            raise RuntimeError(f"vectors and words disagree: {numbers} and {by_words}")
        return {found.article.article_id: found.article.text for found in store.passages(numbers).values()}


def lines(folder: Path, texts: Articles) -> Path:
    """Write a file of articles."""
    path = folder / "corpus.jsonl"
    rows = [json.dumps({"_id": key, "title": "", "text": text}) + "\n" for key, text in texts.items()]
    path.write_text("".join(rows), encoding="utf-8")
    return path


def index_old(folder: Path) -> None:
    """Index the old articles."""
    building.build(folder / "index", [lines(folder, OLD)])


def index_new(folder: Path) -> None:
    """Index the new articles over what is there."""
    building.build(folder / "index", [lines(folder, NEW)])


def index_repeats(folder: Path) -> None:
    """Index the old articles beside files that end alike, which is learned and taken out."""
    (folder / "wire").mkdir(exist_ok=True)
    for name, text in LEARNT.items() - OLD.items():
        (folder / "wire" / name).write_text(f"Headline\n\n{text}\n\nThis wire is a publication of Quay Media.")
    building.build(folder / "index", [lines(folder, OLD), folder / "wire"])


def index_both(folder: Path) -> None:
    """Index the old articles, then the new."""
    index_old(folder)
    index_new(folder)


def remove_one(folder: Path) -> None:
    """Remove an article and all older generations; where it is gone, index again, which adds nothing."""
    with Store.open(folder / "index") as store:
        is_there = store.article("new3") is not None
    if is_there:
        remove(folder / "index", Selection(("new3",)), purge=True)
    else:
        building.build(folder / "index", [folder / "corpus.jsonl"])  # clears what is left over, too


def roll_back(folder: Path) -> None:
    """Go back to the first generation, unless that is done."""
    with Store.open(folder / "index") as store:
        current = store.manifest.generation
    if current != 1:
        rollback(folder / "index", 1)


def spoil(folder: Path) -> None:
    """Make two generations, and spoil the second."""
    index_both(folder)
    path = folder / "index" / "generations" / "00000002" / "tokens.bits"
    path.write_bytes(b"\xff" * path.stat().st_size)


def mend(folder: Path) -> None:
    """Repair."""
    repair(folder / "index")


OPERATIONS = (
    Operation("first", lambda folder: None, index_new, (None, NEW), NEW),
    Operation("index", index_old, index_new, (OLD, NEW), NEW),
    Operation("learn", index_old, index_repeats, (OLD, LEARNT), LEARNT),
    Operation("remove", index_both, remove_one, (NEW, LEFT), LEFT),
    Operation("rollback", index_both, roll_back, (NEW, OLD), OLD),
    Operation("repair", spoil, mend, (NEW,), NEW),
)


if __name__ == "__main__":
    sys.exit(main())
