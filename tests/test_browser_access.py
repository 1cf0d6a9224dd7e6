"""What axe-core finds of the page in Chromium: nothing serious, whatever is open on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from bench.screenshots import CHROMIUM, settled
from tests.test_browser import app, browser

__all__ = ["app", "browser"]  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]
QUESTION = quote("what does Russia want from Kim?")


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    scheme: Literal["light", "dark"] = request.param
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    yield page
    page.close()


def serious(page: Page) -> list[str]:
    """Return what is serious or worse, less the parts of Streamlit's own date box, which have no value while empty."""
    return [
        f"{each['help']}: {node['html'][:200]}"
        for each in Axe().run(page)["violations"]
        for node in each["nodes"]
        if each["impact"] in ("serious", "critical") and 'role="spinbutton"' not in node["html"]
    ]


@pytest.mark.parametrize(
    ("address", "ready"),
    [
        ("/", ".stButton"),
        (f"/?q={QUESTION}", ".bf-note"),
        (f"/?q={QUESTION}&view=timeline", ".bf-timeline"),
        (f"/?q={quote('Who won the 2022 World Cup?')}", ".bf-note"),
    ],
)
def test_a_page_has_no_serious_barrier(page: Page, app: str, address: str, ready: str) -> None:
    page.goto(app + address)
    settled(page, ready)
    assert serious(page) == []


def test_an_open_article_has_no_serious_barrier(page: Page, app: str) -> None:
    page.goto(f"{app}/?q={QUESTION}")
    settled(page, ".bf-note")
    page.get_by_role("button", name="Read the article").first.click()
    settled(page, ".bf-article")
    assert serious(page) == []
