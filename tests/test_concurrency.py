"""Readers while a writer swaps generations under them: no error, and no answer made of two generations."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import BuildReport
from index.doctor import examine
from index.generations import kept_generations

Build = Callable[..., BuildReport]
ROOT = Path(__file__).resolve().parents[1]
SWAPS = 50

# Four threads that open the index and search it, again and again, until a file says that all is done. Each text of a
# generation names its version: an answer that names two is made of two generations.
READER = """
import sys, threading, collections
sys.path[:0] = [{root!r}, {tests!r}]
from pathlib import Path
from conftest import letter_counts, unit
from index.lexical import RowFilter
from index.store import Store
folder, stop = Path({folder!r}), Path({stop!r})
versions, errors, searches = set(), [], collections.Counter()
def look(store):
    dense, _ = store.nearest(unit(letter_counts("story of grain")), 20, RowFilter())
    words, _ = store.lexical.search("story", 20, RowFilter())
    whole, _ = store.lexical_articles.search("story", 20, RowFilter())
    passages = store.passages([*dense.tolist(), *words.tolist()])
    for place in store.places(list(passages)):
        assert len(store.token_bits[place.tokens]) > 0
    seen = {{passage.text.split()[1] for passage in passages.values()}}
    assert len(seen) == 1, seen
    assert len(dense) == len(words) == len(whole) == 6, (len(dense), len(words), len(whole))
    return seen.pop()
def read():
    try:
        while not stop.exists():
            with Store.open(folder) as store:
                assert len({{look(store) for _ in range(3)}}) == 1
                with store.watched():
                    versions.add(look(store))
            searches["n"] += 4
    except BaseException as error:
        errors.append(repr(error))
threads = [threading.Thread(target=read) for _ in range(4)]
[thread.start() for thread in threads]
print("reading", flush=True)
[thread.join() for thread in threads]
print(errors or f"{{len(versions)}} versions in {{searches['n']}} searches")
"""


def write(path: Path, version: int) -> Path:
    rows = [{"_id": f"a{n}", "title": "", "text": f"Version v{version} of a story {'grain' * n}."} for n in range(6)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.timeout(240)
def test_eight_readers_see_one_generation_each_while_fifty_are_swapped(
    tmp_path: Path, build_with_letters: Build
) -> None:
    folder, stop = tmp_path / "index", tmp_path / "stop"
    build_with_letters(folder, [write(tmp_path / "corpus.jsonl", 0)])
    code = READER.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(folder), stop=str(stop))
    readers = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "reading\n"
        for version in range(1, SWAPS + 1):
            report = build_with_letters(folder, [write(tmp_path / "corpus.jsonl", version)])
            assert report.generation == version + 1
        stop.touch()
        for reader in readers:
            said, wrong = reader.communicate(timeout=60)
            assert "versions in" in said, said + wrong
            assert int(said.split()[0]) > 3
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
    assert examine(folder).findings == ()
    assert [int(path.name) for path in kept_generations(folder)] == [SWAPS - 1, SWAPS, SWAPS + 1]
