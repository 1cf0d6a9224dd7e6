"""Processes that die, disks that are full, folders that cannot be written: the last good index answers.

`bench/crash.py` kills real processes; a part of its kills is made here, and all of them by hand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.build import BuildReport
from index.doctor import examine
from index.errors import IndexFolderError
from index.generations import publish, start_generation
from index.store import Store

Build = Callable[..., BuildReport]
ROOT = Path(__file__).resolve().parents[1]
CRASH = ROOT / "bench" / "crash.py"

# A build in a process of its own, with a limit on what it may do; prints what it says.
LIMITED = """
import os, resource, signal, sys
sys.path[:0] = [{root!r}, {tests!r}]
import conftest, index.build as building
from index import doctor, history, removal
from index.errors import BriefingsError
building.find_model = conftest.letters_model
building.encoder_of = lambda _: conftest.Letters()
doctor.examine({folder!r})  # what is imported late is imported now, as another user may not read it
{limit}
try:
    {work}
    print("done")
except BriefingsError as error:
    print(error)
"""


def limited(folder: Path, limit: str, work: str) -> str:
    """Do some work under a limit and return the one line that it prints."""
    code = LIMITED.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(folder), limit=limit, work=work)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("\n") == 1
    return done.stdout.strip()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    for number in range(8):
        text = f"Story {'abcdefgh'[number] * 4}. " + "Grain ships sailed from the port. " * 100
        (tmp_path / "news" / f"{number}.txt").write_text(text)
    return tmp_path / "news"


@pytest.fixture
def folder(tmp_path: Path, news: Path, build_with_letters: Build) -> Path:
    """Return an index of the folder of news, which has one file more since."""
    build_with_letters(tmp_path / "index", [news])
    (news / "more.txt").write_text("One more story.")
    return tmp_path / "index"


def articles(folder: Path) -> int:
    with Store.open(folder) as store:
        return len(store.article_rows())


# ---- killed --------------------------------------------------------------------------------------------


@pytest.mark.timeout(240)
def test_a_kill_at_any_point_leaves_the_old_index_or_the_new_and_the_next_run_finishes() -> None:
    kills = [sys.executable, str(CRASH), "--kills", "50", "--seed", "5"]
    done = subprocess.run(kills, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "50 kills, 0 did not survive" in done.stdout


def test_everything_is_on_the_disk_before_the_pointer_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index" / "generations").mkdir(parents=True)
    _, building = start_generation(tmp_path / "index")
    (building / "lexical").mkdir()
    for name in ("manifest.json", "lexical/meta.json"):
        (building / name).write_text("{}")
    done: list[str] = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace

    def seen_fsync(descriptor: int) -> None:
        done.append(f"fsync {Path(f'/proc/self/fd/{descriptor}').readlink().relative_to(tmp_path)}")
        fsync(descriptor)

    def seen_rename(path: Path, target: Path) -> Path:
        done.append(f"rename {target.relative_to(tmp_path)}")
        return rename(path, target)

    def seen_replace(path: Path, target: Path) -> Path:
        done.append(f"rename {target.relative_to(tmp_path)}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", seen_fsync)
    monkeypatch.setattr(Path, "rename", seen_rename)
    monkeypatch.setattr(Path, "replace", seen_replace)
    publish(tmp_path / "index", building)
    new = "index/generations/00000001.building"
    assert set(done[:4]) == {f"fsync {new}{name}" for name in ("/manifest.json", "/lexical/meta.json", "/lexical", "")}
    assert done[4:] == [
        "rename index/generations/00000001",
        "fsync index/generations",
        "fsync index/CURRENT.new",
        "rename index/CURRENT",
        "fsync index",
    ]


# ---- a full disk ---------------------------------------------------------------------------------------


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kilobytes", [0, 4, 12, 20, 40])
def test_a_disk_that_is_full_is_one_line_and_the_old_index_answers(folder: Path, news: Path, kilobytes: int) -> None:
    # A file that grows over the limit fails as on a full disk, once the signal is ignored.
    limit = (
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f" resource.setrlimit(resource.RLIMIT_FSIZE, ({kilobytes * 1024}, resource.RLIM_INFINITY))"
    )
    said = limited(folder, limit, f"building.build({str(folder)!r}, [{str(news)!r}])")
    assert f"{folder} cannot be written" in said
    assert "the index is as it was" in said
    assert articles(folder) == 8
    assert examine(folder).findings == ()
    assert "done" in limited(folder, "", f"building.build({str(folder)!r}, [{str(news)!r}])")
    assert articles(folder) == 9


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_file_system_is_one_line_and_the_old_index_answers(
    tmp_path: Path, news: Path, build_with_letters: Build
) -> None:
    (tmp_path / "small").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path / "small")]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        folder = tmp_path / "small" / "index"
        build_with_letters(folder, [news / "0.txt"])
        for number in range(20):  # until nothing more goes in
            (news / "0.txt").write_text(f"Version {'x' * number}. " + "Grain ships sailed. " * 500 * number)
            try:
                build_with_letters(folder, [news])
            except IndexFolderError as error:
                assert "cannot be written" in str(error)
                break
        else:
            pytest.fail("the file system never was full")
        assert articles(folder) > 0
        assert examine(folder).findings == ()
    finally:
        subprocess.run(["umount", "-l", str(tmp_path / "small")], check=True)


# ---- a folder that may only be read --------------------------------------------------------------------


@pytest.mark.parametrize(
    "work",
    [
        "building.build({folder!r}, [{news!r}])",
        "removal.remove({folder!r}, removal.Selection(ids=('1.txt',)))",
        "removal.purge({folder!r})",
        "history.rollback({folder!r})",
        "doctor.repair({folder!r})",
        "history.snapshot({folder!r}, {copy!r})",
    ],
)
def test_a_folder_that_may_only_be_read_is_one_line_and_is_read(for_anyone: Path, work: str) -> None:
    folder, news = for_anyone / "index", for_anyone / "news"
    for path in [*folder.rglob("*"), folder, for_anyone]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    nobody = "os.setgroups([]); os.setgid(65534); os.setuid(65534)" if os.geteuid() == 0 else "pass"
    said = limited(folder, nobody, work.format(folder=str(folder), news=str(news), copy=str(for_anyone / "copy")))
    assert "cannot be written (Permission denied)" in said
    assert limited(folder, nobody, f"assert doctor.examine({str(folder)!r}).findings == ()") == "done"
    assert articles(folder) == 8


def test_what_another_user_may_not_read_is_set_aside_and_the_rest_goes_in(for_anyone: Path) -> None:
    folder, news = for_anyone / "index", for_anyone / "news"
    (news / "shut").mkdir()
    (news / "shut" / "a.txt").write_text("Rain fell.")
    (news / "locked.txt").write_text("Snow fell.")
    (news / "new.txt").write_text("Hail fell.")
    for path in [*folder.rglob("*"), folder, for_anyone, news]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    for path in (news / "shut", news / "locked.txt", news / "0.txt"):
        path.chmod(0)  # of these, the last is in the index
    warm = f"building.build({str(for_anyone / 'warm')!r}, [{str(ROOT / 'README.md')!r}]);"  # imports what comes late
    nobody = "os.setgroups([]); os.setgid(65534); os.setuid(65534)" if os.geteuid() == 0 else "pass"
    work = (
        f"report = building.build({str(folder)!r}, [{str(news)!r}, {str(news / 'shut' / 'a.txt')!r}]);"
        " print(*sorted(each.where.split('/')[-1] for each in report.problems), report.added, end=' ')"
    )
    assert limited(folder, warm * 2 + nobody, work) == "0.txt a.txt locked.txt shut 2 done"
    assert articles(folder) == 10  # what was read before stays
    assert examine(folder).findings == ()


@pytest.fixture
def for_anyone(folder: Path, news: Path) -> Iterator[Path]:
    """Return a folder with the index and the news that another user may come to, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        shutil.copytree(folder, place / "index")
        shutil.copytree(news, place / "news")
        yield place
        for path in [place, *place.rglob("*")]:
            path.chmod(0o755)
