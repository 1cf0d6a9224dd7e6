"""`briefings index --watch`, as a real process that folders are changed under, and what it waits for."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.errors import InputError
from index.generations import write_lock
from index.store import Store
from index.watch import PATIENCE, QUIET, Watch
from search.searcher import Searcher
from tests.test_cli import ROOT, assert_one_clear_line, briefings

PATIENT = 60  # seconds; on a machine that does nothing else, each of these takes two
PROSE = "Grain ships left the port of Odesa on Friday, the minister said.\n"


@dataclass
class Process:
    """A running `briefings index --watch`."""

    popen: subprocess.Popen[bytes]
    out: Path
    err: Path

    def until(self, happens: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENT
        while not happens():
            assert self.popen.poll() is None, self.said()
            assert time.monotonic() < ends, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        return self.out.read_text() + self.err.read_text()

    def lines(self) -> list[str]:
        return self.out.read_text().splitlines()

    def stop(self, sent: signal.Signals = signal.SIGINT) -> None:
        self.popen.send_signal(sent)
        assert self.popen.wait(PATIENT) == 0, self.said()
        assert self.err.read_text().splitlines()[-1] == "briefings: stopped watching; nothing is lost"
        assert "Traceback" not in self.said()


@contextmanager
def watching(scratch: Path, *arguments: object) -> Iterator[Process]:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from search.cli import main; main()"
    command = [sys.executable, "-c", code, "index", "--watch", *map(str, arguments), "--index", str(scratch / "index")]
    with (scratch / "out").open("wb") as out, (scratch / "err").open("wb") as err:
        popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=scratch)
    process = Process(popen, scratch / "out", scratch / "err")
    try:
        process.until(lambda: "Ctrl-C ends it" in process.err.read_text())
        yield process
    finally:
        popen.kill()
        popen.wait()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.txt").write_text(PROSE)
    return tmp_path / "news"


def ids(scratch: Path) -> set[str]:
    with Store.open(scratch / "index") as store:
        return {row.article_id for row in store.article_rows()}


@pytest.mark.timeout(300)
def test_a_file_that_is_added_can_be_searched_and_one_that_is_deleted_stays_without_sync(
    tmp_path: Path, news: Path
) -> None:
    with watching(tmp_path, news) as process:
        assert "1 added" in process.lines()[0]
        (news / "deep" / "er").mkdir(parents=True)
        (news / "deep" / "er" / "b.md").write_text("# Wheat\n\nWheat became cheaper in Chicago on Monday.\n")
        process.until(lambda: ids(tmp_path) == {"a.txt", "deep/er/b.md"})
        with Searcher.open(tmp_path / "index") as searcher:
            assert searcher.search("what does wheat cost?")[0].passage.article.article_id == "deep/er/b.md"
        process.until(lambda: len(process.lines()) == 2)
        assert "1 added, 1 unchanged" in process.lines()[1]
        (news / "a.txt").unlink()
        (tmp_path / "c.txt").write_text("Rain fell in Niger.\n")
        (tmp_path / "c.txt").rename(news / "c.txt")
        process.until(lambda: len(process.lines()) == 3)
        assert ids(tmp_path) == {"a.txt", "deep/er/b.md", "c.txt"}
        process.stop()
    assert len(process.lines()) == 3  # what it writes itself is no change


@pytest.mark.timeout(300)
def test_with_sync_the_article_of_a_deleted_file_goes_and_the_lines_are_json(tmp_path: Path, news: Path) -> None:
    for number in range(9):
        (news / f"{number}.txt").write_text(f"Story {number}. {PROSE}")
    with watching(tmp_path, news, "--sync", "--json") as process:
        (news / "a.txt").unlink()
        process.until(lambda: len(process.lines()) == 2)
        assert json.loads(process.lines()[1])["removed"] == 1
        for number in range(1, 9):
            (news / f"{number}.txt").unlink()
        process.until(lambda: "8 of 9 articles would be removed" in process.said())  # nobody is there to agree
        assert len(ids(tmp_path)) == 9
        process.stop(signal.SIGTERM)


@pytest.mark.timeout(300)
def test_a_rebuild_that_fails_says_so_and_the_next_is_done(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    with watching(tmp_path, news) as process:  # nothing is there yet
        assert "holds no articles" in process.said()
        assert process.lines() == []
        (news / "bad.txt").write_bytes(b"")
        process.until(lambda: "bad.txt is empty" in process.said())
        (news / "good.txt").write_text(PROSE)
        process.until(lambda: len(process.lines()) == 1)
        (news / "more.txt").write_text("Rain. " + PROSE)
        process.until(lambda: len(process.lines()) == 2)
        assert process.err.read_text().count("set aside: ") == 1  # once, though it is set aside in each run
        pointer = (tmp_path / "index" / "CURRENT").read_text()
        (tmp_path / "index" / "CURRENT").write_text("nonsense")
        (news / "third.txt").write_text("Snow. " + PROSE)
        process.until(lambda: "names a generation that is not there" in process.said())
        (tmp_path / "index" / "CURRENT").write_text(pointer)
        (news / "fourth.txt").write_text("Hail. " + PROSE)
        process.until(lambda: len(process.lines()) == 3)
        assert len(ids(tmp_path)) == 4
        process.stop()


@pytest.mark.timeout(300)
def test_another_writer_is_waited_for_and_told_of_once(tmp_path: Path, news: Path) -> None:
    with watching(tmp_path, news) as process:
        with write_lock(tmp_path / "index"):
            (news / "b.txt").write_text("Rain. " + PROSE)
            process.until(lambda: "is being written by" in process.said())
            time.sleep(2.5)  # it tries again each second
            assert process.said().count("is being written by") == 1
            assert len(process.lines()) == 1
        process.until(lambda: ids(tmp_path) == {"a.txt", "b.txt"})
        process.stop()


def test_only_folders_are_watched(tmp_path: Path, news: Path) -> None:
    for path in (news / "a.txt", tmp_path / "none", "-"):
        done = briefings("index", "--watch", path, "--index", tmp_path / "index")
        assert_one_clear_line(done, 1, "--watch takes folders")


# ---- what is waited for --------------------------------------------------------------------------------


@contextmanager
def waiting(watch: Watch) -> Iterator[None]:
    """Wait for a change in a thread; leaving lasts until that wait is over."""
    thread = threading.Thread(target=watch.wait, daemon=True)
    thread.start()
    yield
    thread.join(PATIENT)
    assert not thread.is_alive()


def test_a_file_that_is_being_written_is_waited_for(tmp_path: Path, news: Path) -> None:
    watch = Watch([news], without=tmp_path / "index")
    with watch, waiting(watch), (news / "slow.txt").open("w") as slow:
        for _ in range(8):
            slow.write(PROSE)
            slow.flush()
            time.sleep(QUIET / 4)
        time.sleep(QUIET * 2)  # quiet, but open
        ended = time.monotonic()
    assert time.monotonic() - ended >= QUIET / 2


def test_a_file_that_is_held_open_for_long_is_read_as_it_is(tmp_path: Path, news: Path) -> None:
    with Watch([news], without=tmp_path / "index") as watch, (news / "log.txt").open("w") as log:
        log.write(PROSE)
        log.flush()
        started = time.monotonic()
        watch.wait()
        assert time.monotonic() - started >= PATIENCE / 2


@pytest.mark.parametrize(
    "change",
    [
        lambda news: (news / "a.txt").write_text("changed"),
        lambda news: (news / "a.txt").unlink(),
        lambda news: (news / "a.txt").rename(news / "b.txt"),
        lambda news: (news / "a.txt").rename(news.parent / "b.txt"),
        lambda news: (news / "a.txt").chmod(0o600),
        lambda news: os.link(news / "a.txt", news / "b.txt"),
        lambda news: shutil.copytree(news, news / "copy"),
        lambda news: (news / os.fsdecode(b"caf\xe9.txt")).write_text(PROSE),
        lambda news: (news / "line\nbreak.txt").write_text(PROSE),
    ],
)
def test_each_kind_of_change_is_told(tmp_path: Path, news: Path, change: Callable[[Path], object]) -> None:
    with Watch([news], without=tmp_path / "index") as watch:
        change(news)
        started = time.monotonic()
        watch.wait(PATIENT)
        assert time.monotonic() - started < PATIENT / 2
        watch.wait(0.2)  # and once only


def test_what_is_not_read_is_no_change(tmp_path: Path, news: Path) -> None:
    (news / "index").mkdir()
    with Watch([news], without=news / "index") as watch:
        (news / "page.xyz").write_text(PROSE)
        (news / ".hidden.txt").write_text(PROSE)
        (news / ".git").mkdir()
        (news / ".git" / "a.txt").write_text(PROSE)
        (news / "index" / "a.txt").write_text(PROSE)
        (news / "index" / "generations").mkdir()
        (news / "a.txt").read_text()
        time.sleep(QUIET)
        assert not watch._told.is_set()


def test_a_folder_that_goes_and_comes_back_is_followed_again(tmp_path: Path, news: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(news)
    other = tmp_path / "other"
    other.mkdir()
    with Watch([link], without=tmp_path / "index") as watch:
        shutil.rmtree(news)
        watch.wait()
        news.mkdir()
        watch.wait()
        (news / "b.txt").write_text(PROSE)
        watch.wait()
        link.unlink()
        link.symlink_to(other)
        watch.wait()
        (other / "c.txt").write_text(PROSE)
        watch.wait()


def test_a_folder_that_the_system_does_not_let_us_follow_is_one_line(
    tmp_path: Path, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    watch = Watch([news], without=tmp_path / "index")
    monkeypatch.setattr(watch._observer, "schedule", refuse)
    with pytest.raises(InputError, match=r"cannot be followed \(inotify watch limit reached\)"), watch:
        pass
    assert not watch._observer.is_alive()
