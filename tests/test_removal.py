"""Articles out: exactly those that are named, from every file, and for good."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import letter_counts, unit

from index.build import BuildReport
from index.consent import NotAgreedError
from index.doctor import examine
from index.errors import IndexFolderError, InputError
from index.lexical import RowFilter
from index.removal import Selection, SelectionError, matching, purge, remove
from index.store import Store

Build = Callable[..., BuildReport]
TOKEN = "Xylophonist"
SOURCES = {"a": "Meridian", "b": "Harbour", "c": None, "d": "Harbour", "e": "Meridian", "f": "Harbour"}


def row(key: str, text: str) -> str:
    metadata = {"source": SOURCES.get(key), "date": f"202{ord(key[0]) - ord('a')}-05-01"} if key != "c" else {}
    return json.dumps({"_id": key, "title": f"About {key}", "text": text, "metadata": metadata}) + "\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return six articles; the text, a caption and a name of the fourth have a word that no other has."""
    texts = {key: f"Kim went to place {key * 3}." for key in SOURCES}
    texts["d"] = f"The {TOKEN} played.\n\nPresident {TOKEN} Smith of France listened. " + "Grain ships sailed. " * 200
    (tmp_path / "news").mkdir()
    path = tmp_path / "news" / "corpus.jsonl"
    path.write_text("".join(row(*item) for item in texts.items()))
    return path


@pytest.fixture
def folder(tmp_path: Path, corpus: Path, build_with_letters: Build) -> Path:
    build_with_letters(tmp_path / "index", [corpus])
    return tmp_path / "index"


def ids(folder: Path) -> list[str]:
    with Store.open(folder) as store:
        return [article.article_id for article in store.article_rows()]


def files_with(place: Path, token: str) -> list[str]:
    """Return the files below a folder whose bytes hold a word, however it is written or stemmed."""
    stem = token.lower()[:8].encode()
    files = (path for path in sorted(place.rglob("*")) if path.is_file())
    return [path.relative_to(place).as_posix() for path in files if stem in path.read_bytes().lower()]


def found_by_words(folder: Path, word: str) -> int:
    with Store.open(folder) as store:
        return len(store.lexical.search(word, 10, RowFilter())[0]) + len(
            store.lexical_articles.search(word, 10, RowFilter())[0]
        )


def test_no_file_of_the_new_generation_holds_what_was_removed(folder: Path) -> None:
    before = files_with(folder, TOKEN)
    assert any(name.endswith("articles.sqlite") for name in before)
    assert found_by_words(folder, TOKEN) > 1  # tantivy does not write words out; what it has it finds
    (folder / "embedded.sqlite").write_bytes(b"left by a build that was interrupted " + TOKEN.encode())
    report = remove(folder, Selection(ids=("d",)))
    assert ([row.article_id for row in report.removed], report.articles) == (["d"], 5)
    assert (report.still_held_by, report.dropped) == ((1,), ())
    assert files_with(folder / "generations" / "00000002", TOKEN) == []
    assert {name.split("/")[1] for name in files_with(folder, TOKEN)} == {"00000001"}
    assert not (folder / "embedded.sqlite").exists()
    assert ids(folder) == ["a", "b", "c", "e", "f"]
    assert found_by_words(folder, TOKEN) == 0
    assert examine(folder).findings == ()


def test_purge_leaves_it_in_no_file_at_all(folder: Path) -> None:
    remove(folder, Selection(ids=("d",)))
    assert purge(folder) == [1]
    assert files_with(folder, TOKEN) == []
    assert purge(folder) == []


def test_removing_and_purging_is_one_call_and_drops_what_doctor_set_aside(folder: Path) -> None:
    (folder / "generations" / "00000001").rename(folder / "generations" / "00000007")
    (folder / "CURRENT").unlink()
    aside = folder / "generations" / "00000003.damaged"
    aside.mkdir()
    (aside / "articles.sqlite").write_text(TOKEN)
    report = remove(folder, Selection(ids=("d",)), purge=True)
    assert (report.still_held_by, report.dropped) == ((), (7,))
    assert files_with(folder, TOKEN) == []


def test_a_reader_keeps_the_generation_that_it_has_open_until_it_is_closed(folder: Path) -> None:
    with Store.open(folder) as reader:
        remove(folder, Selection(ids=("d",)), purge=True)
        assert reader.article("d") is not None
        assert len(reader.lexical.search(TOKEN, 3, RowFilter())[0]) > 0


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(ids=("a", "c")), ["a", "c"]),
        (Selection(sources=("harbour",)), ["b", "d", "f"]),
        (Selection(sources=("harbour", "MERIDIAN")), ["a", "b", "d", "e", "f"]),
        (Selection(before="2021-05-01"), ["a"]),
        (Selection(before="2021-05-02"), ["a", "b"]),
        (Selection(before="2030-01-01"), ["a", "b", "d", "e", "f"]),  # of c no day is known
        (Selection(sources=("Harbour",), before="2023-06-01"), ["b", "d"]),
        (Selection(ids=("a", "b"), sources=("Harbour",)), ["b"]),
        (Selection(before="1999-01-01"), []),
    ],
)
def test_what_meets_every_condition_is_removed_and_nothing_else(
    folder: Path, selection: Selection, expected: list[str]
) -> None:
    with Store.open(folder) as store:
        assert [found.article_id for found in matching(store, selection)] == expected
    report = remove(folder, selection, agree=lambda *_: True)
    assert [found.article_id for found in report.removed] == expected
    assert ids(folder) == [key for key in SOURCES if key not in expected]
    assert report.generation == (2 if expected else 1)


def test_a_path_is_a_file_or_a_folder_of_files(folder: Path, corpus: Path, build_with_letters: Build) -> None:
    for name in ("one/x.txt", "one/y.txt", "oneself/z.txt"):
        path = corpus.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Text of {name}.")
    build_with_letters(folder, [corpus.parent])
    with Store.open(folder) as store:
        below = matching(store, Selection(paths=(corpus.parent / "one",)))
        assert [found.article_id for found in below] == ["one/x.txt", "one/y.txt"]
        assert len(matching(store, Selection(paths=(corpus,)))) == 6
        assert len(matching(store, Selection(paths=(corpus.parent / "on",)))) == 0


@pytest.mark.parametrize("selection", [Selection(ids=("a", "nobody")), Selection(sources=("Nobody",))])
def test_a_name_that_nothing_has_is_one_line_and_removes_nothing(folder: Path, selection: Selection) -> None:
    with pytest.raises(SelectionError, match="obody"):
        remove(folder, selection)
    assert len(ids(folder)) == 6


def test_more_than_a_fifth_is_asked_about_first(folder: Path) -> None:
    asked: list[tuple[int, int]] = []

    def no(gone: int, of: int) -> bool:
        asked.append((gone, of))
        return False

    remove(folder, Selection(ids=("a",)), agree=no)
    assert asked == []
    with pytest.raises(NotAgreedError, match="2 of 5 articles would be removed, and nothing was: add --yes"):
        remove(folder, Selection(ids=("b", "c")), agree=no)
    assert asked == [(2, 5)]
    assert len(ids(folder)) == 5


def test_where_there_is_no_index_none_is_made(tmp_path: Path) -> None:
    for work in (lambda: remove(tmp_path / "none", Selection(ids=("a",))), lambda: purge(tmp_path / "none")):
        with pytest.raises(IndexFolderError, match="no index"):
            work()
    assert not (tmp_path / "none").exists()


def test_all_articles_can_go_and_new_ones_come(folder: Path, corpus: Path, build_with_letters: Build) -> None:
    remove(folder, Selection(paths=(corpus,)), agree=lambda *_: True, purge=True)
    assert ids(folder) == []
    assert examine(folder).findings == ()
    assert files_with(folder, "place") == []
    with Store.open(folder) as store:
        assert len(store.nearest(unit(letter_counts("kim")), 5, RowFilter())[0]) == 0
        assert len(store.lexical.search("kim", 5, RowFilter())[0]) == 0
        assert store.sources() == []
        assert store.date_range() is None
    fresh = corpus.with_name("fresh.txt")
    fresh.write_text("Something new.")
    build_with_letters(folder, [fresh])
    assert ids(folder) == ["fresh.txt"]


# ---- for good ------------------------------------------------------------------------------------------


def test_what_was_removed_stays_out_when_its_file_is_indexed_again_and_that_is_said(
    folder: Path, corpus: Path, build_with_letters: Build
) -> None:
    remove(folder, Selection(ids=("a",)))
    for _ in range(2):
        report = build_with_letters(folder, [corpus])
        (problem,) = report.problems
        assert 'holds "a", removed on 20' in problem.reason
        assert "--restore" in problem.reason
        assert report.generation == 3  # one that lists what is kept out, and no other
    corpus.write_text(corpus.read_text() + row("g", "One more line."))
    report = build_with_letters(folder, [corpus])
    assert (report.added, report.removed) == (1, 0)
    assert ids(folder) == ["b", "c", "d", "e", "f", "g"]


def test_restore_takes_it_in_again_and_then_it_stays(folder: Path, corpus: Path, build_with_letters: Build) -> None:
    remove(folder, Selection(ids=("a",)))
    assert len(build_with_letters(folder, [corpus]).problems) == 1
    report = build_with_letters(folder, [corpus], restore=True)
    assert (report.added, report.problems) == (1, ())
    again = build_with_letters(folder, [corpus])
    assert (again.added, again.removed, again.problems, again.generation) == (0, 0, (), report.generation)
    assert len(ids(folder)) == 6


def test_a_file_of_the_same_name_elsewhere_is_another_article(
    folder: Path, tmp_path: Path, build_with_letters: Build
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "n.txt").write_text(f"The text of {name}.")
    build_with_letters(folder, [tmp_path / "one"])
    remove(folder, Selection(ids=("n.txt",)))
    assert build_with_letters(folder, [tmp_path / "two"]).added == 1
    assert (tmp_path / "one").rename(tmp_path / "moved").is_dir()
    assert len(build_with_letters(folder, [tmp_path / "moved"]).problems) == 1


def test_the_vectors_of_what_stays_are_as_they_were_and_nothing_is_embedded(
    folder: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(folder) as store:
        before = {key: store.vectors([number])[0] for key, number in store.embed_keys().items()}
    monkeypatch.setattr("index.build.encoder_of", lambda _: pytest.fail("nothing is to be embedded"))
    remove(folder, Selection(ids=("b",)))
    with Store.open(folder) as store:
        after = {key: store.vectors([number])[0] for key, number in store.embed_keys().items()}
    assert len(after) == len(before) - 1
    assert all(np.array_equal(before[key], vector) for key, vector in after.items())


# ---- in step with a folder -----------------------------------------------------------------------------


@pytest.fixture
def many(tmp_path: Path, build_with_letters: Build) -> Path:
    """Return a folder of ten files that are indexed."""
    (tmp_path / "many").mkdir()
    for number in range(10):
        (tmp_path / "many" / f"{number}.txt").write_text(f"Story {'abcdefghij'[number] * 4}.")
    build_with_letters(tmp_path / "index", [tmp_path / "many"])
    return tmp_path / "many"


def test_sync_removes_the_articles_of_files_that_are_gone_and_lets_them_come_back(
    many: Path, tmp_path: Path, build_with_letters: Build
) -> None:
    text = (many / "3.txt").read_text()
    (many / "3.txt").unlink()
    assert build_with_letters(tmp_path / "index", [many]).removed == 0
    report = build_with_letters(tmp_path / "index", [many], sync=True)
    assert (report.removed, report.articles) == (1, 9)
    (many / "3.txt").write_text(text)
    assert build_with_letters(tmp_path / "index", [many], sync=True).added == 1


def test_sync_of_many_is_asked_about_and_changes_nothing_without_leave(
    many: Path, tmp_path: Path, build_with_letters: Build
) -> None:
    for number in range(3):
        (many / f"{number}.txt").unlink()
    (many / "new.txt").write_text("Something new.")
    with pytest.raises(NotAgreedError, match="3 of 10 articles would be removed, and nothing was"):
        build_with_letters(tmp_path / "index", [many], sync=True)
    assert len(ids(tmp_path / "index")) == 10
    report = build_with_letters(tmp_path / "index", [many], sync=True, agree=lambda *_: True)
    assert (report.added, report.removed, report.articles) == (1, 3, 8)


def test_sync_looks_only_below_the_folders_that_are_named(
    many: Path, tmp_path: Path, build_with_letters: Build
) -> None:
    other = tmp_path / "many-more"
    other.mkdir()
    (other / "x.txt").write_text("Another story.")
    build_with_letters(tmp_path / "index", [other])
    (other / "x.txt").unlink()
    assert build_with_letters(tmp_path / "index", [many], sync=True).removed == 0
    assert "x.txt" in ids(tmp_path / "index")


def test_sync_of_a_folder_that_is_not_there_or_empty_asks_first_as_a_disk_may_not_be_mounted(
    many: Path, tmp_path: Path, build_with_letters: Build
) -> None:
    many.rename(tmp_path / "away")
    with pytest.raises(InputError, match="not a folder that is there"):
        build_with_letters(tmp_path / "index", [many], sync=True)
    many.mkdir()
    with pytest.raises(NotAgreedError, match="10 of 10 articles would be removed"):
        build_with_letters(tmp_path / "index", [many], sync=True)
    with pytest.raises(InputError, match="holds no articles"):
        build_with_letters(tmp_path / "index", [many])
    with pytest.raises(NotAgreedError):
        build_with_letters(tmp_path / "index", [many, other_folder(tmp_path)], sync=True)
    assert len(ids(tmp_path / "index")) == 10


def test_sync_of_a_folder_that_was_emptied_leaves_an_index_without_articles_that_fills_again(
    many: Path, tmp_path: Path, build_with_letters: Build
) -> None:
    for path in many.iterdir():
        path.unlink()
    report = build_with_letters(tmp_path / "index", [many], sync=True, agree=lambda *_: True)
    assert (report.generation, report.removed, report.articles, report.passages) == (2, 10, 0, 0)
    assert ids(tmp_path / "index") == []
    assert examine(tmp_path / "index").findings == ()
    with pytest.raises(InputError, match=r"nothing to index: .* holds no articles"):
        build_with_letters(tmp_path / "index", [many], sync=True)
    (many / "new.txt").write_text("Something new.")
    assert build_with_letters(tmp_path / "index", [many], sync=True).articles == 1


def test_sync_of_an_empty_folder_makes_no_index(tmp_path: Path, build_with_letters: Build) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="holds no articles"):
        build_with_letters(tmp_path / "index", [tmp_path / "none"], sync=True)
    assert not (tmp_path / "index").exists()


def test_an_empty_folder_takes_nothing_that_stood_elsewhere(
    many: Path, tmp_path: Path, build_with_letters: Build
) -> None:
    (tmp_path / "none").mkdir()
    report = build_with_letters(tmp_path / "index", [tmp_path / "none"], sync=True)
    assert (report.generation, report.removed, report.articles) == (1, 0, 10)


def other_folder(tmp_path: Path) -> Path:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "o.txt").write_text("Another story.")
    return tmp_path / "other"


def test_a_file_that_moved_within_the_folder_is_not_embedded_again(
    many: Path, tmp_path: Path, build_with_letters: Build
) -> None:
    (many / "sub").mkdir()
    (many / "4.txt").rename(many / "sub" / "4.txt")
    report = build_with_letters(tmp_path / "index", [many], sync=True)
    assert (report.added, report.removed, report.embedded) == (1, 1, 0)
    assert "sub/4.txt" in ids(tmp_path / "index")
