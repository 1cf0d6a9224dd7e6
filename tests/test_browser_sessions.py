"""Several people at one server, each in a browser of their own: what each sees, and what no other does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.screenshots import CHROMIUM, served, settled
from index.build import build
from tests.test_browser import ask, browser

__all__ = ["browser"]  # a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]
STORM = "---\nsource: River Post\ndate: 2024-05-02\n---\n\nA storm\n\nA storm broke the old mill on Sunday."
FAIR = "---\nsource: Hill Wire\ndate: 2024-05-09\n---\n\nA fair\n\nThe fair drew four hundred people to the green."
BROKE = "what broke the old mill?"
DREW = "how many people did the fair draw?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "storm.md").write_text(STORM, encoding="utf-8")
    build(tmp_path / "news", [tmp_path / "notes"])
    return tmp_path / "news"


@pytest.fixture
def people(browser: Browser) -> Iterator[tuple[Page, Page]]:
    """Two browsers that share nothing but the machine."""
    contexts = browser.new_context(), browser.new_context()
    yield contexts[0].new_page(), contexts[1].new_page()
    for context in contexts:
        context.close()


def test_two_people_never_see_each_others_session_and_both_what_is_indexed_meanwhile(
    people: tuple[Page, Page], folder: Path
) -> None:
    ida, bo = people
    with served(folder) as address:
        ida.goto(address)
        ida.get_by_role("textbox", name="Your name").fill("Ida")
        ida.get_by_role("textbox", name="Your name").press("Enter")
        ask(ida, BROKE)
        ida.get_by_label("Sources", exact=True).click()
        ida.get_by_role("option").first.click()
        ida.keyboard.press("Escape")
        ida.wait_for_url("**source=River*")
        settled(ida, ".bf-note")  # the button below is of these filters
        ida.get_by_role("button", name="Save this search").click()
        expect(ida.get_by_role("button", name="Search saved")).to_be_disabled()
        expect(ida.locator("summary").filter(has_text="Asked in this session")).to_be_visible()

        bo.goto(address)
        settled(bo, ".bf-facts")
        expect(bo.get_by_label("Your question")).to_have_value("")
        expect(bo.get_by_role("textbox", name="Your name")).to_have_value("")
        expect(bo.locator("summary").filter(has_text="Asked in this session")).to_have_count(0)
        expect(bo.locator("summary").filter(has_text="Saved searches")).to_have_count(0)  # Ida's are under her name
        expect(bo.get_by_role("button", name="Clear filters")).to_have_count(0)
        assert "mill?" not in bo.locator(".stApp").inner_text()

        (folder.parent / "notes" / "fair.md").write_text(FAIR, encoding="utf-8")
        build(folder, [folder.parent / "notes"])
        ask(bo, DREW)  # in the page that was open before
        expect(bo.locator(".bf-answer blockquote")).to_contain_text("four hundred people")
        expect(bo.locator(".bf-facts")).to_contain_text("2 articles")
        bo.get_by_role("radio", name="Notebook").click()
        settled(bo, ".bf-notebook")

        ida.get_by_label("Passages to show").focus()
        expect(ida.get_by_label("Your question")).to_have_value(BROKE)
        ida.reload()  # the address names the generation that was asked, which is kept
        settled(ida, ".bf-answer")
        ida.get_by_role("button", name="Show the newest").click()
        expect(ida.locator(".bf-facts")).to_contain_text("2 articles")
        expect(ida.get_by_label("Your question")).to_have_value(BROKE)
        expect(ida.locator(".bf-answer blockquote")).to_contain_text("old mill")
        assert "four hundred" not in ida.locator(".stApp").inner_text()


def test_a_slash_goes_to_the_question_and_is_typed_in_any_box(people: tuple[Page, Page], folder: Path) -> None:
    page, _ = people
    with served(folder) as address:
        page.goto(f"{address}/?q={quote(BROKE)}")
        settled(page, ".bf-note")
        page.locator(".bf-masthead h1").click()
        page.keyboard.press("/")
        box = page.get_by_label("Your question")
        expect(box).to_be_focused()
        expect(box).to_have_value(BROKE)
        page.keyboard.type("either/or")  # what stood there is selected
        expect(box).to_have_value("either/or")
        page.get_by_role("textbox", name="Your name").focus()
        page.keyboard.type("a/b")
        expect(page.get_by_role("textbox", name="Your name")).to_have_value("a/b")
