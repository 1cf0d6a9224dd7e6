"""Clipping, noting, exporting and coming back, in a real browser."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.screenshots import CHROMIUM, served, settled
from search.excerpts import Excerpt
from search.notebook import add_clip, new_clip, notebook_path, read_notebook
from search.verify import saved_answers
from tests.test_browser import CONTRASTS, LONG_WORD, browser, page  # noqa: F401  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]

ADDRESS = f"?q={quote('what does Russia want from Kim?')}"
HOSTILE = (
    "<img src=x onerror=\"window.hacked='clip'\"> $5bn to $7bn [x](javascript:window.hacked=1) :red[hot] "
    f"</article><style>body{{display:none}}</style> **b** {LONG_WORD}"
)


@pytest.fixture
def folder(tmp_path: Path, sample_index: Path) -> Path:
    shutil.copytree(sample_index, tmp_path / "news")
    return tmp_path / "news"


@pytest.fixture
def app(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


def opened(page: Page, address: str) -> None:  # noqa: F811
    page.goto(address)
    settled(page, ".bf-answer, .bf-notebook")


def exported(page: Page, kind: str, number: int = 0) -> tuple[str, Path]:  # noqa: F811
    """Press the button for a kind of file, the number-th of its name, and return the file's name and content."""
    with page.expect_download(timeout=30_000) as download:
        page.get_by_role("button", name=kind, exact=True).nth(number).click()
    return download.value.suggested_filename, Path(download.value.path())


def test_what_is_clipped_and_noted_is_there_after_a_reload(page: Page, app: str, folder: Path) -> None:  # noqa: F811
    opened(page, f"{app}/{ADDRESS}")
    page.get_by_role("button", name="Clip quote 1").click()
    expect(page.get_by_role("button", name="Clipped quote 1")).to_be_disabled()
    page.get_by_role("button", name="Clip passage 2").click()
    expect(page.get_by_role("button", name="Clipped passage 2")).to_be_disabled()

    page.get_by_role("button", name="Export").click()
    name, file = exported(page, "JSON")
    assert name == "what-does-russia-want-from-kim-answer.json"
    assert json.loads(file.read_bytes())["question"] == "what does Russia want from Kim?"
    name, file = exported(page, "CSV", 1)
    assert name == "what-does-russia-want-from-kim-passages.csv"
    with file.open(encoding="utf-8") as table:
        assert len(list(csv.DictReader(table))) == 5
    page.keyboard.press("Escape")

    page.get_by_role("radio", name="Notebook").click()
    expect(page.locator(".bf-clip")).to_have_count(2)
    note = page.get_by_label("Note", exact=True).first
    note.fill(HOSTILE[:200])
    note.press("Control+Enter")
    for _ in range(100):
        if any(clip.note for clip in read_notebook(notebook_path(folder)).records):
            break
        page.wait_for_timeout(200)
    assert HOSTILE[:200] in {clip.note for clip in read_notebook(notebook_path(folder)).records}
    page.reload()
    expect(page.locator(".bf-clip")).to_have_count(2)
    expect(page.get_by_label("Note", exact=True).first).to_have_value(HOSTILE[:200])

    page.get_by_role("button", name="Export").click()
    for kind, end in (("Markdown", ".md"), ("CSV", ".csv"), ("JSON", ".json"), ("BibTeX", ".bib"), ("RIS", ".ris")):
        name, file = exported(page, kind)
        assert name.startswith("news-notebook-20")
        assert name.endswith(end)
        assert "meridian-briefing.example.org" in file.read_text(encoding="utf-8")
        if end == ".json":
            (saved,) = saved_answers(file.read_bytes())
            assert len(saved.claims) == 2
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Ask").click()
    expect(page.get_by_label("Your question")).to_have_value("what does Russia want from Kim?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_hostile_clip_is_text_on_a_narrow_screen_and_stands_out(
    browser: Browser,  # noqa: F811
    app: str,
    folder: Path,
    scheme: Literal["light", "dark"],
) -> None:
    hostile = Excerpt(HOSTILE, HOSTILE, HOSTILE, HOSTILE, None, HOSTILE, "javascript:1", HOSTILE, 0, 9, "0" * 64)
    add_clip(notebook_path(folder), new_clip(hostile, question=HOSTILE, generation=1, user="<b>Ada</b>"))
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # noqa: F811
    opened(page, f"{app}/?page=Notebook")
    clip = page.locator(".bf-clip")
    expect(clip).to_have_count(1)
    settled(page, ".bf-clip")
    assert clip.locator("blockquote").inner_text() == HOSTILE
    assert clip.locator("img, style, a, script").count() == 0
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert max(page.eval_on_selector_all(".bf *", "all => all.map(e => e.getBoundingClientRect().right)")) <= 390
    assert [words for words in page.evaluate(CONTRASTS) if words["contrast"] < 4.5] == []
    opened(page, f"{app}/{ADDRESS}")
    page.get_by_role("button", name="Clip quote 1").click()
    expect(page.get_by_role("button", name="Clipped quote 1")).to_be_disabled()
    page.get_by_role("button", name="Export").click()
    settled(page, ".stDownloadButton")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [words for words in page.evaluate(CONTRASTS) if words["contrast"] < 4.5] == []
    page.close()
