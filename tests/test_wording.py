"""One of a thing is told as one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desk.adding import told_report
from desk.jobs import told_progress
from index.build import BuildReport
from index.consent import NotAgreedError, check_agreed
from index.history import kept
from index.progress import Progress
from index.wording import count_of
from search.cli import main
from search.markup_kept import notebook_head_html
from search.tending_markup import kept_html

Build = Callable[..., BuildReport]


@pytest.fixture
def folder(tmp_path: Path, build_with_letters: Build) -> Path:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.txt").write_text("The port would open again before winter, the minister said.\n")
    build_with_letters(tmp_path / "index", [tmp_path / "news"])
    return tmp_path / "index"


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 passages"), (1, "1 passage"), (2, "2 passages"), (2000, "2,000 passages")]
)
def test_a_number_of_things_is_told_as_so_many(number: int, told: str) -> None:
    assert count_of(number, "passage") == told
    assert count_of(number, "file or line", "files or lines").startswith(told.split(maxsplit=1)[0])


def test_the_app_tells_one_as_one(folder: Path, tmp_path: Path, build_with_letters: Build) -> None:
    report = build_with_letters(folder, [tmp_path / "news"])
    assert told_report(report) == "1 unchanged. The index holds 1 article."
    assert told_progress(Progress("reading", 1, 9, articles=1), "") == "Reading: 1 article"
    assert told_progress(Progress("embedding", 0, 1), "").endswith("0 of 1 passage")
    assert " · 1 article · " in kept_html(kept(folder)[0])
    assert "1 clip," in notebook_head_html(1)


def test_the_command_tells_one_as_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["status", "--index", str(folder)])
    out = capsys.readouterr().out
    assert "1 article in 1 passage," in out
    with pytest.raises(NotAgreedError, match="1 of 1 article would be removed"):
        check_agreed(lambda *_: False, 1, 1)
