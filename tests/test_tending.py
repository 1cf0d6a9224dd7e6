"""The commands that keep an index in order, as scripts and people meet them: exit codes, streams, JSON; and history."""

from __future__ import annotations

import json
import os
import pty
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.build import BuildReport
from index.doctor import examine
from index.errors import IndexFolderError
from index.generations import kept_generations
from index.history import kept, rollback, snapshot
from index.store import Store
from search.cli import main

Build = Callable[..., BuildReport]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def news(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    for number in range(6):
        text = f"Headline {number}\n\nStory of {'abcdef'[number] * 5}.\n\nAnd more."
        (tmp_path / "news" / f"{number}.txt").write_text(text)
    return tmp_path / "news"


@pytest.fixture
def folder(tmp_path: Path, news: Path, build_with_letters: Build) -> Path:
    """Return an index of three generations of 6, 7 and 8 articles."""
    build_with_letters(tmp_path / "index", [news])
    for number in (6, 7):
        (news / f"{number}.txt").write_text(f"Story of {'abcdefgh'[number] * 5}.")
        build_with_letters(tmp_path / "index", [news])
    return tmp_path / "index"


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_command(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([*map(str, arguments), "--index", str(folder)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(left.value.code or 0), said.out, said.err

    return run_command


def count(folder: Path, generation: int | None = None) -> int:
    with Store.open(folder, generation) as store:
        return len(store.article_rows())


# ---- generations ---------------------------------------------------------------------------------------


def test_a_kept_generation_opens_by_its_number_and_another_is_refused_by_name(folder: Path) -> None:
    assert [count(folder, number) for number in (1, 2, 3, None)] == [6, 7, 8, 8]
    for number in (0, 4, -1):
        with pytest.raises(IndexFolderError, match=f"generation {number} is not kept in .*: kept are 1, 2, 3"):
            Store.open(folder, number)


def test_rollback_goes_to_the_one_before_or_to_a_number_and_forth_again(folder: Path, news: Path) -> None:
    assert rollback(folder).generation == 2
    assert count(folder) == 7
    assert rollback(folder).generation == 1
    with pytest.raises(IndexFolderError, match="no older generation"):
        rollback(folder)
    assert rollback(folder, 3).articles == 8
    with pytest.raises(IndexFolderError, match="is the current one"):
        rollback(folder, 3)
    with pytest.raises(IndexFolderError, match="is not kept"):
        rollback(folder, 9)
    assert examine(folder).findings == ()


def test_the_next_build_goes_on_from_where_the_index_was_taken_back_to(
    folder: Path, news: Path, build_with_letters: Build
) -> None:
    rollback(folder, 1)
    report = build_with_letters(folder, [news])
    assert (report.generation, report.added, report.unchanged) == (4, 2, 6)
    assert count(folder) == 8
    assert [each.generation for each in kept(folder)] == [4, 3, 1]


def test_a_damaged_generation_is_not_gone_back_to(folder: Path) -> None:
    path = folder / "generations" / "00000002" / "tokens.bits"
    path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(IndexFolderError, match=r"tokens\.bits is missing or damaged"):
        rollback(folder)
    assert count(folder) == 8


def test_a_snapshot_is_an_index_of_its_own(folder: Path, tmp_path: Path, build_with_letters: Build) -> None:
    copy = tmp_path / "backup" / "today"
    assert snapshot(folder, copy).generation == 3
    shutil.rmtree(folder)
    assert count(copy) == 8
    assert examine(copy).findings == ()
    more = tmp_path / "more.txt"
    more.write_text("One more.")
    assert build_with_letters(copy, [more]).generation == 4


def test_a_snapshot_is_not_laid_over_what_is_there_and_leaves_nothing_when_it_fails(
    folder: Path, tmp_path: Path
) -> None:
    for place, says in ((tmp_path / "news", "there already"), (folder / "x", "inside of"), (folder, "inside of")):
        with pytest.raises(IndexFolderError, match=says):
            snapshot(folder, place)
    path = folder / "generations" / "00000003" / "vectors.faiss"
    path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(IndexFolderError, match=rf"{path} is missing or damaged"):
        snapshot(folder, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_as_many_generations_are_kept_as_are_asked_for(folder: Path, news: Path, build_with_letters: Build) -> None:
    assert [each.current for each in kept(folder)] == [True, False, False]
    (news / "0.txt").write_text("Changed.")
    build_with_letters(folder, [news], keep=1)
    assert [int(path.name) for path in kept_generations(folder)] == [3, 4]  # the one before stays for its readers
    (news / "0.txt").write_text("Changed again.")
    build_with_letters(folder, [news], keep=5)
    assert len(kept_generations(folder)) == 3


# ---- commands ------------------------------------------------------------------------------------------


def test_status_lists_the_generations_that_are_kept(run: Run) -> None:
    code, out, err = run("status")
    assert (code, err) == (0, "")
    assert "generation 3, made" in out
    assert "also kept: generation 2, 7 articles in" in out
    listed = json.loads(run("status", "--json")[1])["generations"]
    assert [(each["generation"], each["articles"], each["current"]) for each in listed] == [
        (3, 8, True), (2, 7, False), (1, 6, False),
    ]  # fmt: skip
    assert all(each["bytes"] > 1000 and each["damaged"] is None for each in listed)


def test_remove_lists_what_went_and_says_who_still_holds_it(run: Run, folder: Path) -> None:
    code, out, err = run("remove", "1.txt", "--dry-run")
    assert (code, out, err) == (0, "would remove 1.txt  Headline 1\n", "")
    assert count(folder) == 8
    code, out, err = run("remove", "1.txt")
    assert (code, out) == (0, "removed 1.txt  Headline 1\n")
    assert err == "generations 2, 3 still hold what was removed: 'briefings remove --purge' drops them\n"
    assert run("remove", "--purge") == (0, "dropped generations 2, 3\n", "")
    err = run("remove", "2.txt")[2]
    assert err == "generation 4 still holds what was removed: 'briefings remove --purge' drops it\n"
    assert run("remove", "--purge") == (0, "dropped generation 4\n", "")
    assert run("remove", "--purge") == (0, "no older generation was kept\n", "")


def test_remove_asks_at_a_terminal_and_refuses_without_one(
    run: Run, folder: Path, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = run("remove", "--path", news)
    assert (code, out) == (1, "")
    assert err == "briefings: 8 of 8 articles would be removed, and nothing was: add --yes if that is what you want\n"
    for answer, expected in (("n\n", 1), ("y\n", 0)):
        ours, theirs = pty.openpty()
        with os.fdopen(theirs) as terminal:
            os.write(ours, answer.encode())
            monkeypatch.setattr("sys.stdin", terminal)
            monkeypatch.setattr("sys.stderr.isatty", lambda: True)
            code, out, _ = run("remove", "0.txt", "2.txt")
        os.close(ours)
        assert code == expected
    assert count(folder) == 6
    assert len(json.loads(run("remove", "--path", news, "--yes", "--json")[1])["removed"]) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("remove",), 2, "name articles by ID"),
        (("remove", "nobody"), 1, "no article 'nobody'"),
        (("remove", "--source", "Nobody"), 1, "'briefings status' lists the sources"),
        (("remove", "--before", "yesterday"), 2, "write one such as 2023-09-13"),
        (("remove", "1.txt", "--keep", "0"), 2, "keep 1 or more"),
        (("rollback", "9"), 1, "kept are 1, 2, 3"),
        (("rollback", "x"), 2, "invalid int"),
        (("snapshot",), 2, "FOLDER"),
        (("index", "missing", "--sync"), 1, "--sync takes folders"),
    ],
)
def test_a_wrong_call_is_one_line(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    found, out, err = run(*arguments)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert words in err


def test_doctor_exits_with_1_until_what_is_broken_is_repaired(run: Run, folder: Path) -> None:
    code, out, err = run("doctor")
    assert (code, err) == (0, "")
    assert out == f"{folder} is whole: every byte of generations 3, 2, 1 was checked.\n"
    path = folder / "generations" / "00000003" / "lexical" / "meta.json"
    path.write_bytes(b"?" * path.stat().st_size)
    code, out, err = run("doctor")
    assert (code, out) == (1, "broken: generations/00000003/lexical/meta.json is not what was written\n")
    assert "add --repair" in err
    assert json.loads(run("doctor", "--json")[1])["still_broken"][0]["where"].endswith("meta.json")
    code, out, err = run("doctor", "--repair")
    assert (code, err) == (0, "")
    assert "made generation 4 from the text of generation 3: 0 passages embedded again" in out
    assert run("doctor")[0] == 0


def test_rollback_and_snapshot_say_what_is_there_now(run: Run, tmp_path: Path) -> None:
    code, out, err = run("rollback")
    assert (code, err) == (0, "")
    assert out.startswith("Generation 2, made 20")
    assert out.endswith("is current again: 7 articles in 7 passages.\n")
    values = json.loads(run("snapshot", tmp_path / "copy", "--json")[1])
    assert values["index"] == {"path": str(tmp_path / "copy"), "generation": 2}
    assert values["articles"] == 7


def test_index_in_step_with_a_folder(run: Run, folder: Path, news: Path) -> None:
    (news / "1.txt").unlink()
    code, out, _ = run("index", news, "--sync", "--json")
    assert (code, json.loads(out)["removed"]) == (0, 1)
    for number in (2, 3, 4):
        (news / f"{number}.txt").unlink()
    code, out, err = run("index", news, "--sync")
    assert (code, out) == (1, "")
    assert "3 of 7 articles would be removed" in err
    assert run("index", news, "--sync", "--yes")[0] == 0
    assert count(folder) == 4


@pytest.mark.parametrize("command", ["remove", "doctor", "rollback", "snapshot"])
def test_each_has_help_with_an_example(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert f"briefings {command}" in " ".join(out.split()).partition("example: ")[2]
