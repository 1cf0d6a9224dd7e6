"""Bytes that change on the disk, in every file of an index: the answer is the same, or the damage is told of."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Letters, letters_model
from hypothesis import given, settings
from hypothesis import strategies as st

import index.build as building
from index.doctor import examine
from index.errors import IndexFolderError
from index.generations import BITS, CHECKS, drop, kept_generations
from index.store import Store
from search import Searcher

QUESTION = "which grain ships did kim see?"
FOOTER = "The Harbour Wire is a publication of Quay Media."
# What changes there is a person's wish, or nobody's: no answer of today comes from these.
OUTSIDE = {"CURRENT", "learned-rules.tsv", "embedded.sqlite", "write.lock"}
Change = tuple[float, int, int]  # where in a file, which bit, and in how many bytes
changes = st.tuples(st.floats(0, 1), st.integers(0, 7), st.sampled_from([1, 1, 4, 64]))


def stories(folder: Path, names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        text = f"Kim saw {name * 5} in the port of {name * 3}. " + "Grain ships sailed by. " * 60
        (folder / f"{name}.md").write_text(f"---\nsource: The Harbour Wire\n---\n# Of {name}\n\n{text}\n\n{FOOTER}\n")
    return folder


@contextmanager
def letters() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "find_model", letters_model)
        patch.setattr(building, "encoder_of", lambda _: Letters())
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an index with all the files that there may be: an older generation, rules, and an interrupted build's."""
    place = tmp_path_factory.mktemp("flips")
    with letters(), pytest.MonkeyPatch.context() as patch:
        building.build(place / "index", [stories(place / "news", "abcde")])
        building.build(place / "index", [stories(place / "news", "f")])
        patch.setattr(building, "write_generation", broken_off)
        with pytest.raises(IndexFolderError):
            building.build(place / "index", [stories(place / "news", "g")])
    (place / "index" / "write.lock").write_text("x")
    assert {path.name for path in (place / "index").iterdir() if path.is_file()} >= OUTSIDE
    assert len(files_of(place / "index")) > 30
    return place / "index"


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[int | None, list[object]]:
    """Return what each generation says; None is the current one."""
    whole = {number: said(folder, number) for number in (None, 1, 2)}
    assert whole[None] == whole[2] != whole[1]
    return whole


def broken_off(*_: object) -> None:
    raise OSError("the machine goes down")


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def said(folder: Path, generation: int | None) -> list[object]:
    """Return all that a generation says to a question, and every row of token bits."""
    with Searcher(Store.open(folder, generation), Letters()) as searcher:
        answer = searcher.ask(QUESTION, k=20, all_copies=True, least_confidence=0.0)
        assert answer.answered
        assert len(answer.hits) >= 10
        return [answer, searcher.explain(QUESTION, k=20, all_copies=True), searcher.store.token_bits[:].tolist()]


def generation_of(path: Path) -> int | None:
    """Return the generation that a file is of, None for a file beside the generations."""
    return next((int(parent.name) for parent in path.parents if parent.name.isdigit()), None)


@contextmanager
def flipped(path: Path, change: Change) -> Iterator[None]:
    before = path.read_bytes()
    content = bytearray(before)
    at, bit, length = change
    start = int(at * (len(content) - 1))
    for place in range(start, min(start + length, len(content))):
        content[place] ^= 1 << bit
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


@settings(max_examples=6)
@given(change=changes)
def test_an_answer_is_the_same_or_the_damage_is_told_of_whichever_file_has_changed(
    folder: Path, expected: dict[int | None, list[object]], change: Change
) -> None:
    for path in files_of(folder):
        with flipped(path, change):
            try:
                found = said(folder, generation_of(path))
            except IndexFolderError as error:
                assert "\n" not in str(error)
                assert "doctor" in str(error)
            else:
                assert found == expected[generation_of(path)], path
                assert path.name in {*OUTSIDE, "manifest.json"}, path


@pytest.mark.parametrize("seed", range(3))
def test_the_doctor_finds_every_file_of_the_generations_that_has_changed(folder: Path, seed: int) -> None:
    assert examine(folder).findings == ()
    dice = random.Random(seed)
    inside = [path for path in files_of(folder) if path.name not in OUTSIDE]
    for path in dice.sample(inside, 12):
        with flipped(path, (dice.random(), 0, 1)):
            where = {finding.where for finding in examine(folder).findings}
        # A digest of the manifest stands in the pointer, too; a space of it may change and say nothing.
        assert path.relative_to(folder).as_posix() in where or path.name == "manifest.json"


@settings(max_examples=2)
@given(change=changes)
def test_damage_is_never_taken_over_into_the_next_generation(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, change: Change
) -> None:
    place = tmp_path_factory.mktemp("next")
    news = folder.parent / "news"

    def built(name: str, path: Path | None) -> list[object]:
        copy = shutil.copytree(folder, place / name)
        with flipped(copy / path, change) if path else letters():
            building.build(copy, [news])
            return said(copy, None)

    with letters():
        expected = built("whole", None)
        current = kept_generations(folder)[-1]
        for number, path in enumerate(files_of(folder)):
            if path.parent == folder or (path.name in (BITS, "articles.sqlite") and current in path.parents):
                try:
                    found = built(str(number), path.relative_to(folder))
                except IndexFolderError as error:
                    assert "doctor" in str(error)
                else:
                    assert found == expected or path.name == "learned-rules.tsv", path


@pytest.mark.parametrize("at", [0.0, 0.3, 0.7, 1.0])
def test_what_changes_in_the_token_bits_of_an_open_index_is_told_of(folder: Path, at: float) -> None:
    path = kept_generations(folder)[-1] / BITS
    with Searcher(Store.open(folder), Letters()) as searcher:
        before = searcher.ask(QUESTION)
        told = pytest.raises(IndexFolderError, match=r"tokens\.bits is missing or damaged: run 'briefings doctor")
        with flipped(path, (at, 3, 1)), told:
            searcher.ask(QUESTION, k=20)
        assert searcher.ask(QUESTION) == before


@pytest.mark.parametrize("seed", range(2))
def test_what_changes_in_the_other_files_of_an_open_index_is_told_of(folder: Path, seed: int) -> None:
    dice = random.Random(seed)
    inside = [path for path in files_of(kept_generations(folder)[-1]) if path.name not in (BITS, "manifest.json")]
    with Searcher(Store.open(folder), Letters()) as searcher:
        before = searcher.ask(QUESTION)
        for path in inside:
            told = pytest.raises(IndexFolderError, match=f"{path.name} is missing or damaged: run 'briefings doctor")
            with flipped(path, (dice.random(), dice.randrange(8), dice.choice([1, 4, 64]))):
                for ask in (searcher.ask, searcher.search, searcher.timeline, searcher.explain, searcher.rank_articles):
                    with told:
                        ask(QUESTION)
            assert searcher.ask(QUESTION) == before


@pytest.mark.parametrize(("was", "now"), [(b"Kim saw ccccc", b"Kim saw cdccc"), (b"Of c", b"Of x")])
def test_an_article_that_is_not_the_one_stored_is_not_quoted_whatever_the_time_of_its_file(
    folder: Path, was: bytes, now: bytes
) -> None:
    path = kept_generations(folder)[-1] / "articles.sqlite"
    whole, times = path.read_bytes(), path.stat()
    with Searcher(Store.open(folder), Letters()) as searcher:
        path.write_bytes(whole.replace(was, now))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        try:
            with pytest.raises(
                IndexFolderError, match=r"articles\.sqlite is missing or damaged: run 'briefings doctor"
            ):
                searcher.ask(QUESTION, k=20, least_confidence=0.0)
        finally:
            path.write_bytes(whole)


def test_a_generation_that_a_writer_drops_answers_on_while_it_is_open(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "index")
    with Searcher(Store.open(copy), Letters()) as searcher:
        before = searcher.ask(QUESTION)
        drop(kept_generations(copy))
        assert [searcher.ask(QUESTION) for _ in range(2)] == [before] * 2


def test_a_file_that_is_only_touched_changes_nothing(folder: Path) -> None:
    with Searcher(Store.open(folder), Letters()) as searcher:
        before = searcher.ask(QUESTION)
        for path in files_of(kept_generations(folder)[-1]):
            path.touch()
        assert searcher.ask(QUESTION) == before


def test_an_index_of_an_earlier_version_is_read_through_when_it_is_opened(
    tmp_path: Path, build_without_checksums: Path
) -> None:
    folder = build_without_checksums
    whole = said(folder, None)
    path = kept_generations(folder)[-1] / BITS
    assert not path.with_name(CHECKS).exists()
    with flipped(path, (0.5, 0, 1)), pytest.raises(IndexFolderError, match=r"tokens\.bits is missing or damaged"):
        Store.open(folder)
    with letters():
        building.build(folder, [stories(tmp_path / "more", "hijkl")])
    assert (kept_generations(folder)[-1] / CHECKS).exists()
    assert examine(folder).findings == ()
    assert said(folder, 1) == whole


@pytest.fixture
def build_without_checksums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("index.write.write_checksums", lambda _: None)
    with letters():
        building.build(tmp_path / "index", [stories(tmp_path / "news", "abcde")])
    monkeypatch.undo()
    return tmp_path / "index"
