"""What axe-core finds of every page in Chromium: nothing serious, whatever is open on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bench.screenshots import CHROMIUM, PASSWORD_VIEW, STATE_READY, VIEWS, View, furnish, served, settled, show, states
from tests.test_browser import browser

__all__ = ["browser"]  # a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]
SHOWN = [view for view in VIEWS if view.name not in ("differ", "judge")]  # of these, others show the same and more


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, sample_index: Path) -> Iterator[str]:
    """The samples with clips, a note and judgements beside them."""
    folder = tmp_path_factory.mktemp("furnished") / "news"
    shutil.copytree(sample_index, folder)
    furnish(folder)
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield page
    page.close()


def serious(page: Page) -> list[str]:
    """Return what is serious or worse in light and in dark, less the parts of Streamlit's own date box while empty."""
    found: list[str] = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("scheme => getComputedStyle(document.body).colorScheme === scheme", arg=scheme)
        page.wait_for_timeout(300)  # colours that fade are there
        found += [
            f"{scheme}: {each['help']}: {node['html'][:200]}"
            for each in Axe().run(page)["violations"]
            for node in each["nodes"]
            if each["impact"] in ("serious", "critical") and 'role="spinbutton"' not in node["html"]
        ]
    return found


@pytest.mark.parametrize("view", SHOWN, ids=lambda view: view.name)
def test_a_page_has_no_serious_barrier(page: Page, app: str, view: View) -> None:
    show(page, app, view)
    assert serious(page) == []


def test_the_password_page_has_no_serious_barrier(page: Page, sample_index: Path) -> None:
    with served(sample_index, password="sesame") as address:
        show(page, address, PASSWORD_VIEW)
        assert serious(page) == []
        page.get_by_label("Password", exact=True).fill("no")
        page.keyboard.press("Enter")
        settled(page, "[role=alert]")
        assert serious(page) == []


def test_each_state_of_an_index_has_its_page_without_a_serious_barrier(
    page: Page, tmp_path: Path, sample_index: Path
) -> None:
    with served(tmp_path / "news") as address:
        for name, heading in states(tmp_path / "news", sample_index):
            page.goto(address)
            settled(page, STATE_READY)
            assert page.locator(".bf-welcome h2").inner_text() == heading
            assert page.locator(".bf-welcome code").last.inner_text().startswith(("briefings ", "git pull "))
            assert (name, serious(page)) == (name, [])
        page.get_by_role("button", name="Check and repair").click()
        expect(page.locator(".bf-facts")).to_contain_text("30 articles")
