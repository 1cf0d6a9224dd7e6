"""Filters and links in a real browser: narrow, reload, and see the same; narrow screens; contrast."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.screenshots import settled
from tests.test_browser import CONTRASTS, app, browser, page, pytestmark  # noqa: F401  # fixtures, and when to skip

QUESTION = "what does Russia want from Kim?"
NARROWED = f"?q={quote(QUESTION)}&source=The+Harbour+Wire&source=Northern+Desk&since=2023-02-01&g=99"


def test_a_filter_is_in_the_address_and_a_reload_shows_the_same_result(page: Page, app: str) -> None:  # noqa: F811
    page.goto(f"{app}/?q={quote(QUESTION)}")
    settled(page, ".bf-answer")
    page.get_by_label("Sources", exact=True).click()
    option = page.get_by_role("option").filter(has_text="Northern Desk")
    expect(option).to_have_text("Northern Desk · 6")
    option.click()
    page.keyboard.press("Escape")
    page.wait_for_url("**source=Northern*")
    told = page.locator(".bf-passage .bf-told")
    expect(told.filter(has_text="Northern Desk")).to_have_count(5)
    copy = page.get_by_role("button", name="Copy link")
    expect(copy).to_have_count(1)  # the one of the run before goes once this run is done
    copy.click()
    link = page.locator(".stCode code").inner_text().replace("\n", "")
    assert parse_qs(urlsplit(link).query) == {"q": [QUESTION], "source": ["Northern Desk"], "g": ["1"]}
    assert link.startswith(app)
    settled(page, ".bf-answer")
    first = page.locator(".bf-passage").all_inner_texts()
    for again in (page.url, link):
        page.goto(again)
        settled(page, ".bf-answer")
        expect(told).to_have_count(5)
        assert page.locator(".bf-passage").all_inner_texts() == first
        expect(page.get_by_label("Your question")).to_have_value(QUESTION)
    page.get_by_role("button", name="Clear filters").click()
    expect(told.filter(has_text="The Harbour Wire").first).to_be_visible()
    page.wait_for_url(lambda address: "source=" not in address)
    expect(page.get_by_label("Your question")).to_have_value(QUESTION)


def test_the_filters_fit_a_narrow_screen(page: Page, app: str) -> None:  # noqa: F811
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app}/{NARROWED}")
    settled(page, ".bf-answer")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.locator(".bf-time")).to_be_visible()
    page.wait_for_timeout(500)  # the sidebar slides in
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    edges = page.eval_on_selector_all(".bf *", "all => all.map(e => e.getBoundingClientRect().right)")
    assert max(edges) <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_filters_stand_out_from_what_is_behind_them(
    browser: Browser,  # noqa: F811
    app: str,  # noqa: F811
    scheme: Literal["light", "dark"],
) -> None:
    page = browser.new_page(color_scheme=scheme)  # noqa: F811
    page.goto(f"{app}/{NARROWED}")
    settled(page, ".bf-answer")
    found = page.evaluate(CONTRASTS.replace(".bf *", ".bf, .bf *, .stMultiSelect [data-tag] *"))
    page.close()
    assert any("not kept any more" in words["words"] or "This link" in words["words"] for words in found)
    assert any("near this question" in words["words"] for words in found)
    assert [words for words in found if words["contrast"] < 4.5] == []  # WCAG 2.2, level AA
