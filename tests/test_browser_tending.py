"""The page that looks after an index, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.screenshots import CHROMIUM, served, settled
from index.build import build
from tests.test_browser import CONTRASTS, WORD_JOINER, ask, browser, page

__all__ = ["browser", "page"]  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]

HOSTILE_NAME = "<img src=x onerror=window.hacked=1> :red[x] $5 $6 **b** www.evil.example.md"
BRIDGE = (
    "---\ntitle: The <b>bridge</b> opens\ndate: 2024-05-02\nsource: River Post\n---\n\n"
    "The mayor opened the new bridge over the river on Thursday. It cost $5m and took seven years to build.\n"
)
WIDGET_WORDS = CONTRASTS.replace('".bf *, button p', '"[role=alert] p, .bf *, button p')


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """An index of two generations, with something set aside."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "fair.txt").write_text("A fair\n\nThe fair drew four hundred people to the green.", encoding="utf-8")
    build(tmp_path / "news", [notes])
    (notes / "storm.txt").write_text("A storm\n\nA storm broke the old mill on Sunday.", encoding="utf-8")
    (notes / "broken.pdf").write_bytes(b"no")
    build(tmp_path / "news", [notes])
    return tmp_path / "news"


def open_parts(page: Page) -> None:
    """Open every part of the page, and ask what is asked twice."""
    settled(page, ".bf-about")
    for part in ("Sources", "Set aside when it was read", "Earlier generations", "Remove articles", "Check and repair"):
        page.locator("summary").filter(has_text=part).click()
    page.get_by_label("Words of the headline, or an article id").fill("storm")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Make current").click()
    expect(page.get_by_role("button", name="Make it current")).to_be_visible()
    expect(page.get_by_role("button", name="Remove 1 article")).to_be_visible()


def send(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(".bf-preview")).to_be_visible()


def test_a_file_is_seen_added_asked_and_replaced(page: Page, news: Path, tmp_path: Path) -> None:
    note = tmp_path / HOSTILE_NAME
    note.write_text(BRIDGE, encoding="utf-8")
    with served(news) as address:
        page.goto(f"{address}/?page=index")
        settled(page, ".bf-about")
        send(page, note)
        preview = page.locator(".bf-preview")
        assert preview.locator(".bf-file").inner_text() == HOSTILE_NAME
        assert preview.locator("h3").inner_text() == "The <b>bridge</b> opens"
        assert preview.locator("img, b, a").count() == 0
        page.get_by_role("button", name="Add to the index").click()
        page.get_by_role("radio", name="Ask").click()  # and leave it to go on
        expect(page.locator(".stAlert")).to_contain_text("1 added. The index holds 3 articles", timeout=120_000)
        ask(page, "how long did the bridge take to build?")
        expect(page.locator(".bf-answer blockquote")).to_contain_text("took seven years to build")

        page.get_by_role("radio", name="Index").click()
        note.write_text(BRIDGE.replace("seven", "nine"), encoding="utf-8")
        settled(page, ".bf-about")
        send(page, note)
        told = page.get_by_role("radiogroup").filter(has_text="Replace the earlier file")
        expect(told).to_be_visible()
        page.get_by_role("button", name="Add to the index").click()
        expect(page.locator(".stAlert")).to_contain_text("1 changed", timeout=120_000)
        label = page.locator(".stMain").inner_text().replace(WORD_JOINER, "")
        assert "The index holds 3 articles" in label
    assert len(list((tmp_path / "news-uploads").iterdir())) == 1


def test_a_folder_goes_in_with_what_lies_below_it(page: Page, tmp_path: Path) -> None:
    sent = tmp_path / "sent" / "below"
    sent.mkdir(parents=True)
    (sent.parent / "note.md").write_text(BRIDGE, encoding="utf-8")
    (sent / "note.md").write_text(BRIDGE.replace("bridge", "tunnel"), encoding="utf-8")
    with served(tmp_path / "news") as address:
        page.goto(address)
        page.get_by_role("radio", name="A folder").click()
        expect(page.locator("input[webkitdirectory]")).to_have_count(1)
        page.locator("input[type=file]").set_input_files(sent.parent)
        expect(page.locator(".bf-file")).to_have_text(["sent/note.md", "sent/below/note.md"])
        page.get_by_role("button", name="Add 2 files to the index").click()
        expect(page.locator(".stAlert")).to_contain_text("2 added. The index holds 2 articles", timeout=120_000)
    assert {path.name for path in (tmp_path / "news-uploads").iterdir()} == {"note.md", "note-2.md"}


def test_the_page_fits_a_narrow_screen(page: Page, news: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    with served(news) as address:
        page.goto(f"{address}/?page=index")
        open_parts(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        edges = page.eval_on_selector_all(".bf *, button", "all => all.map(e => e.getBoundingClientRect().right)")
        assert max(edges) <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out(browser: Browser, news: Path, tmp_path: Path, scheme: Literal["light", "dark"]) -> None:
    note = tmp_path / "bridge.md"
    note.write_text(BRIDGE, encoding="utf-8")
    shown = browser.new_page(color_scheme=scheme)
    with served(news) as address:
        shown.goto(f"{address}/?page=index")
        open_parts(shown)
        send(shown, note)
        settled(shown, ".bf-preview")
        found = shown.evaluate(WIDGET_WORDS)
    shown.close()
    assert len(found) > 40
    # A button that is switched off for now is exempt from WCAG 2.2's level AA; none is here.
    assert [words for words in found if words["contrast"] < 4.5] == []


def test_read_only_has_no_such_control(page: Page, news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIEFINGS_READ_ONLY", "1")
    with served(news) as address:
        page.goto(f"{address}/?page=index")
        settled(page, ".bf-about")
        assert page.locator("input[type=file]").count() == 0
        for name in ("Add", "Remove", "Make current", "Drop", "Repair", "Check"):
            assert page.get_by_role("button", name=name).count() == 0


def test_the_password_page_comes_first(
    browser: Browser, page: Page, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIEFINGS_PASSWORD", "open $esame")
    with served(news) as address:
        page.goto(f"{address}/?q=fair")
        box = page.get_by_label("Password", exact=True)
        expect(box).to_be_visible()
        settled(page, "input[type=password]")
        assert "articles" not in page.locator(".stMain").inner_text()
        box.fill("no")
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("alert")).to_contain_text("This is not the password")
        box.fill("open $esame")
        page.keyboard.press("Enter")
        expect(page.locator(".bf-facts")).to_contain_text("2 articles")
        other = browser.new_page()  # to whom nobody gave it
        other.goto(f"{address}/?q=fair")
        expect(other.get_by_label("Password", exact=True)).to_be_visible()
        settled(other, "input[type=password]")
        assert "articles" not in other.locator(".stMain").inner_text()
        other.close()
