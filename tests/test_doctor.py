"""A damaged index: what opening notices, what the doctor does, and that nothing is ever a crash."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest
from conftest import letter_counts, unit

from index.build import BuildReport
from index.doctor import examine, repair
from index.errors import BriefingsError, IndexFolderError
from index.generations import measured_files, read_manifest_alone, write_manifest
from index.lexical import RowFilter
from index.store import Store
from index.wording import count_of

Build = Callable[..., BuildReport]
QUESTION = "which grain ships did kim see"


def lines(path: Path, **texts: str) -> Path:
    rows = [json.dumps({"_id": key, "title": f"Of {key}", "text": text}) + "\n" for key, text in texts.items()]
    path.write_text("".join(rows))
    return path


TEXTS = {f"n{number}": f"Kim saw {'abcdefgh'[number] * 5}. " + "Grain ships. " * 60 * number for number in range(5)}


@pytest.fixture
def folder(tmp_path: Path, build_with_letters: Build) -> Path:
    build_with_letters(tmp_path / "index", [lines(tmp_path / "corpus.jsonl", **TEXTS)])
    return tmp_path / "index"


@pytest.fixture
def two(folder: Path, tmp_path: Path, build_with_letters: Build) -> Path:
    """Return an index of two generations; the second has one article more."""
    build_with_letters(folder, [lines(tmp_path / "corpus.jsonl", **TEXTS, more="One more.")])
    return folder


def generation(folder: Path, number: int = 1) -> Path:
    return folder / "generations" / f"{number:08}"


def flip(path: Path, at: float = 0.5, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[int(at * (len(content) - 1))] ^= 1 << bit
    path.write_bytes(content)


def answers(folder: Path) -> list[object]:
    """Return all that an index answers to a question: numbers, scores, texts, token rows."""
    with Store.open(folder) as store:
        numbers, scores = store.nearest(unit(letter_counts(QUESTION)), 20, RowFilter())
        words = [found.search(QUESTION, 20, RowFilter()) for found in (store.lexical, store.lexical_articles)]
        passages = store.passages(numbers.tolist())
        bits = [store.token_bits[place.tokens].tolist() for place in store.places(numbers.tolist())]
        return [
            numbers.tolist(), scores.tolist(), [[each.tolist() for each in found] for found in words],
            [(passage.passage_id, passage.text) for passage in passages.values()], bits,
        ]  # fmt: skip


def test_a_whole_index_has_no_finding(two: Path) -> None:
    found = examine(two)
    assert (found.generations, found.findings, found.left_over) == ((2, 1), (), ())
    assert repair(two).did == ()


def test_what_dead_processes_left_is_named_and_cleared(two: Path) -> None:
    (two / "generations" / "00000003.building" / "lexical").mkdir(parents=True)
    shutil.copytree(generation(two), two / "generations" / "00000000.dropped")
    assert examine(two).left_over == ("generations/00000000.dropped", "generations/00000003.building")
    assert examine(two).findings == ()
    repair(two)
    assert examine(two).left_over == ()


# ---- what opening checks, and what it leaves ----------------------------------------------------------


@pytest.mark.parametrize("name", ["vectors.faiss", "articles.faiss", "articles.sqlite", "lexical/meta.json"])
def test_opening_notices_a_changed_byte_and_says_what_to_do(folder: Path, name: str) -> None:
    flip(generation(folder) / name)
    with pytest.raises(IndexFolderError) as caught:
        Store.open(folder)
    assert f"{name} is missing or damaged: run 'briefings doctor --repair --index {folder}'" in str(caught.value)


def test_opening_does_not_read_the_token_bits_through_and_the_doctor_does(folder: Path) -> None:
    flip(generation(folder) / "tokens.bits")
    Store.open(folder).close()
    (finding,) = examine(folder).findings
    assert (finding.where, finding.what) == ("generations/00000001/tokens.bits", "is not what was written")


# ---- parts that are whole and do not agree --------------------------------------------------------------


def resealed(folder: Path) -> None:
    """Make the manifest say what is there, as if it had been written so."""
    (folder / "CURRENT").write_text("00000001\n")
    place = generation(folder)
    manifest = read_manifest_alone(place)
    write_manifest(place, type(manifest)(**{**vars(manifest), "files": measured_files(place)}))


def without_the_last(path: Path) -> None:
    index = faiss.read_index(str(path))
    ids = faiss.vector_to_array(index.id_map)
    index.remove_ids(ids[-1:])
    faiss.write_index(index, str(path))


def swapped_lexical(place: Path) -> None:
    shutil.rmtree(place / "lexical")
    shutil.copytree(place / "lexical-articles", place / "lexical")


def no_numbers(path: Path) -> None:
    index = faiss.read_index(str(path))
    fresh = faiss.IndexIDMap2(faiss.IndexFlatIP(index.d))
    ids = faiss.vector_to_array(index.id_map)
    fresh.add_with_ids(np.full((len(ids), index.d), np.nan, dtype=np.float32), ids)
    faiss.write_index(fresh, str(path))


def sql(place: Path, statement: str) -> None:
    with sqlite3.connect(place / "articles.sqlite") as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "where", "says"),
    [
        (lambda place: without_the_last(place / "vectors.faiss"), "vectors.faiss", "not those of"),
        (lambda place: without_the_last(place / "articles.faiss"), "articles.faiss", "not those of"),
        (lambda place: no_numbers(place / "vectors.faiss"), "vectors.faiss", "no numbers"),
        (swapped_lexical, "lexical", "not those of"),
        (lambda place: sql(place, "DELETE FROM articles WHERE article = 1"), "articles.sqlite", "holds 4 articles"),
        (lambda place: sql(place, "UPDATE passages SET section = 99"), "articles.sqlite", "without an article"),
        (lambda place: sql(place, "UPDATE passages SET token_start = 1"), "tokens.bits", "tokens that the passages"),
    ],
)
def test_parts_that_do_not_agree_are_found(folder: Path, spoil: Callable[[Path], None], where: str, says: str) -> None:
    spoil(generation(folder))
    resealed(folder)
    finding = examine(folder).findings[0]
    assert finding.where == f"generations/00000001/{where}"
    assert says in finding.what


# ---- repair --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "embedded"),
    [("vectors.faiss", 20), ("tokens.bits", 20), ("articles.faiss", 0), ("lexical/meta.json", 0)],
)
@pytest.mark.parametrize("lost", [False, True])
def test_what_can_be_made_from_the_text_is_made_again(
    two: Path, build_with_letters: Build, name: str, embedded: int, lost: bool
) -> None:
    expected = answers(two)
    path = generation(two, 2) / name
    if lost:
        path.unlink()
    else:
        flip(path)
    outcome = repair(two)
    embedded_again = count_of(outcome_count(outcome.did), "passage")
    assert outcome.did == (
        f"made generation 3 from the text of generation 2: {embedded_again} embedded again",
        "dropped generation 2, which is damaged",
    )
    assert (outcome_count(outcome.did) > 0) == bool(embedded)
    assert outcome.after.findings == ()
    assert outcome.after.generations == (3, 1)
    again = answers(two)
    assert again[0] == expected[0]
    assert again[2:] == expected[2:]
    np.testing.assert_allclose(again[1], expected[1], atol=1e-6)


def outcome_count(did: tuple[str, ...]) -> int:
    return int(did[0].split(": ")[1].split()[0])


def test_vectors_come_from_an_older_generation_where_those_of_the_newest_are_damaged(
    two: Path, build_with_letters: Build
) -> None:
    flip(generation(two, 2) / "vectors.faiss")
    assert repair(two).did[0].endswith("generation 2: 1 passage embedded again")  # the article that came later


def damaged_text(folder: Path, number: int, text: str) -> None:
    """Change a byte of an article's text on the disk."""
    path = generation(folder, number) / "articles.sqlite"
    content = path.read_bytes()
    assert text.encode() in content
    path.write_bytes(content.replace(text.encode(), text.replace("K", "k").encode()))


def test_articles_that_are_whole_are_taken_from_a_damaged_database_and_the_others_come_back(
    two: Path, tmp_path: Path, build_with_letters: Build
) -> None:
    expected = texts(two)
    damaged_text(two, 2, "Kim saw ccccc")
    with pytest.raises(IndexFolderError, match=r"articles\.sqlite is missing or damaged"):
        Store.open(two)
    outcome = repair(two)
    assert outcome.did[0] == "made generation 3 from the text of generation 2: 1 passage embedded again"
    assert "is damaged and was taken out: index its file again" in outcome.did[1]
    assert outcome.did[2].startswith("set aside generation 2, which is damaged, as ")
    assert outcome.after.findings == ()
    assert outcome.after.left_over == ("generations/00000002.damaged",)
    assert texts(two) == {key: text for key, text in expected.items() if key != "n2"}
    assert build_with_letters(two, [tmp_path / "corpus.jsonl"]).added == 1
    assert texts(two) == expected


@pytest.mark.parametrize("at", [0.05, 0.2, 0.5, 0.9])
def test_a_damaged_manifest_is_made_again_from_the_text(folder: Path, build_with_letters: Build, at: float) -> None:
    expected = texts(folder)
    flip(generation(folder) / "manifest.json", at)
    outcome = repair(folder)
    assert outcome.did[0].startswith("made generation 2 from the text of generation 1")
    assert outcome.after.findings == ()
    assert texts(folder) == expected


def test_a_database_that_cannot_be_read_gives_way_to_the_one_before(two: Path, build_with_letters: Build) -> None:
    path = generation(two, 2) / "articles.sqlite"
    path.write_bytes(b"\xa5" * path.stat().st_size)
    outcome = repair(two)
    assert outcome.did[0] == "made generation 1 the current one"
    assert outcome.did[1] == "index again what came after generation 1"
    assert outcome.did[2].startswith("set aside generation 2")
    assert len(texts(two)) == len(TEXTS)


def test_where_no_text_is_left_nothing_is_touched_and_the_next_step_is_said(folder: Path) -> None:
    path = generation(folder) / "articles.sqlite"
    path.write_bytes(b"\xa5" * path.stat().st_size)
    with pytest.raises(IndexFolderError, match="index the articles into a new folder"):
        repair(folder)
    assert generation(folder).is_dir()


def texts(folder: Path) -> dict[str, str]:
    with Store.open(folder) as store:
        found = store.passages(store.embed_keys().values())
        return {passage.article.article_id: passage.article.text for passage in found.values()}


def test_an_older_generation_that_is_damaged_is_dropped(two: Path, build_with_letters: Build) -> None:
    flip(generation(two, 1) / "vectors.faiss")
    assert len(examine(two).findings) == 1
    outcome = repair(two)
    assert outcome.did == ("made generation 2 the current one", "dropped generation 1, which is damaged")
    assert outcome.after.generations == (2,)


@pytest.mark.parametrize("content", [None, b"", b"garbage", b"00000009\n", b"00000001 " + b"0" * 64])
def test_a_pointer_that_is_lost_or_wrong_is_set_to_the_newest(two: Path, content: bytes | None) -> None:
    if content is None:
        (two / "CURRENT").unlink()
    else:
        (two / "CURRENT").write_bytes(content)
    assert [finding.where for finding in examine(two).findings] == ["CURRENT"]
    assert repair(two).did == ("made generation 2 the current one",)
    with Store.open(two) as store:
        assert store.manifest.generation == 2
    assert examine(two).findings == ()


def test_a_folder_that_is_no_index_has_no_diagnosis(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.doc").write_text("Dear editor")
    for place in (tmp_path / "none", tmp_path / "letters"):
        for work in (examine, repair):
            with pytest.raises(BriefingsError):
                work(place)
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["a.doc"]
    assert not (tmp_path / "none").exists()
