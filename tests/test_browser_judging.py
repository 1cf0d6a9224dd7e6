"""Judging in a real browser, from the keys that are pressed to the number that the command line gives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.screenshots import CHROMIUM, served, settled
from search.judgements import Judgement, add, judgements_file, read
from tests.test_browser import CONTRASTS, ask, browser, page

__all__ = ["browser", "page"]  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]

ROOT = Path(__file__).resolve().parents[1]
KIM = "what does Russia want from Kim?"
CODE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from search.cli import main; main()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sample_index: Path) -> Path:
    folder = tmp_path_factory.mktemp("judged") / "news"
    shutil.copytree(sample_index, folder)
    return folder


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


def briefings(*arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *map(str, arguments)], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def test_judged_by_mouse_and_key_exported_and_evaluated(page: Page, app: str, folder: Path, tmp_path: Path) -> None:
    page.goto(app)
    page.get_by_role("textbox", name="Your name").fill("Ida")
    page.get_by_role("textbox", name="Your name").press("Enter")
    ask(page, KIM)
    first, second = (page.locator(f".st-key-judging-passage-{rank} button") for rank in (1, 2))
    first.first.click()
    expect(first.first).to_contain_text("✓ Relevant")
    page.keyboard.press("Shift+Digit2")
    expect(second.last).to_contain_text("✓ Not relevant")
    page.keyboard.press("y")
    expect(page.locator(".st-key-judging-answer button").first).to_contain_text("✓ Right")
    page.get_by_label("Ask on from here").press_sequentially("1 why 2")  # typing judges nothing
    settled(page, ".bf-answer")
    found = read(judgements_file(folder)).judgements
    assert {each.user for each in found} == {"Ida"}
    assert [(each.rank, each.relevance) for each in found] == [(1, 1), (2, 0), (None, 1)]

    page.get_by_role("radio", name="Judge").click()
    for name, file in (("Questions", "q.jsonl"), ("Qrels", "r.tsv")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        download.value.save_as(tmp_path / file)
    index = ("--index", folder)
    command = ("evaluate", "--queries", tmp_path / "q.jsonl", "--qrels", tmp_path / "r.tsv", *index, "--json")
    measured = json.loads(briefings(*command))
    assert measured["questions"] == 1
    assert measured["measures"]["Success@1"] == 1.0
    by_passage = ("judgements", "--qrels", tmp_path / "p.tsv", "--queries", tmp_path / "p.jsonl", *index)
    briefings(*by_passage, "--granularity", "passage")
    command = ("evaluate", "--queries", tmp_path / "p.jsonl", "--qrels", tmp_path / "p.tsv", *index, "--json")
    assert json.loads(briefings(*command, "--granularity", "passage"))["measures"]["RR@10"] == 1.0
    answers = json.loads(briefings("evaluate", "--answers", "--queries", tmp_path / "p.jsonl", *index, "--json"))
    assert answers["hit_1"] == 1.0

    page.get_by_role("button", name="Run the evaluation").scroll_into_view_if_needed()
    settled(page, ".st-key-evaluate")  # scrolling would close the list again
    page.get_by_label("Compare with (B)").click()
    page.get_by_role("option", name="BM25 only").click()
    page.get_by_role("button", name="Run the evaluation").click()
    page.wait_for_selector("[aria-label=Comparison]", timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Report").click()
    download.value.save_as(tmp_path / "report.html")
    assert "Two rankings compared" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_judging_is_legible_and_fits_a_phone(
    browser: Browser, app: str, folder: Path, scheme: Literal["light", "dark"]
) -> None:
    judged = Judgement("w" * 300, 1, "<b>Bo</b>" + "o" * 50, "2024-03-01T12:00:00+00:00", 1, "m", 1, "a", "a#0")
    add(judgements_file(folder), judged)
    hostile = "<img src=x onerror=window.hacked=1> $5 to $7 **b** [x](javascript:window.hacked=2) :red[hot]"
    add(judgements_file(folder), replace(judged, question=hostile, article_id=hostile, passage_id=f"{hostile}#0"))
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 844})
    for address, last in ((f"{app}/?q={quote(KIM)}", ".bf-note"), (f"{app}/?page=judge", ".st-key-evaluate")):
        page.goto(address)
        settled(page, last)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        edges = page.eval_on_selector_all(".stMain .bf *", "all => all.map(e => e.getBoundingClientRect().right)")
        edges += page.eval_on_selector_all(".stMain button", "all => all.map(e => e.getBoundingClientRect().right)")
        assert max(edges) <= 390
        found = page.evaluate(CONTRASTS.replace("button p", "button p, button kbd, button span, .stMain p"))
        assert [words for words in found if words["contrast"] < 4.5] == []  # WCAG 2.2, level AA
    page.locator("summary").filter(has_text="Take a judgement back").click()
    expect(page.locator(".bf-judged").last).to_contain_text(hostile)
    expect(page.locator(".bf-table th").filter(has_text=hostile)).to_have_count(1)
    assert page.locator(".stMain :is(img, .katex, a[href^=javascript])").count() == 0
    assert page.evaluate("window.hacked") is None
    page.close()
