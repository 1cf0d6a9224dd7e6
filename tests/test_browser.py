"""The whole app in a real browser: Chromium reads the page that a person would see."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.screenshots import CHROMIUM, CHROMIUM_FLAGS, served, settled
from index.build import build

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"Chromium is not installed at {CHROMIUM}"),
]

expect.set_options(timeout=60_000)  # for a machine that does much else

ROOT = Path(__file__).resolve().parents[1]
LONG_WORD = "w" * 5_000
HOSTILE_TITLE = "<img src=x onerror=\"window.hacked='title'\"> Zebra $5bn to $7bn [x](javascript:window.hacked=1)"
HOSTILE_HEADLINE = "Did **it** `pay` $5 or $6 for :red[a] [b](http://evil.example) <i>c</i> :smile:?"
WORD_JOINER = "\u2060"  # stands unseen where a widget would find an emoji or an address
HOSTILE_SOURCE = (
    ":red[Wire] $5bn to $7bn <b onclick='window.hacked=1'>Post</b> ![p](http://evil.example/p.png) :smile: "
    ":material/home: www.evil.example http://evil.example/q a@evil.example **Daily** `x` -> & &amp; # 1. \\$"
)
HOSTILE_TEXT = (
    "The zebra committee decided on Monday to build <script>window.hacked='text'</script> a bridge. "
    '"><svg onload="window.hacked=\'svg\'"> It costs $5bn now and $7bn later, said </p></article> the treasurer. '
    '<style>body{display:none}</style> <a href="javascript:window.hacked=2">press here</a> :red[hot] **bold** '
    f"{LONG_WORD}"
)
HOSTILE_URL = 'https://evil.example/a"onmouseover="window.hacked=3'

# The contrast of every element that holds words of its own against the nearest background behind it.
CONTRASTS = """() => {
  const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = colour => numbers(colour).slice(0, 3)
    .map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (colour.startsWith("rgb") && (numbers(colour)[3] ?? 1) === 1) return colour;
    }
  };
  const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  return [...document.querySelectorAll(".bf *, button p, label p")].filter(own).map(e => {
    const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
    return {words: e.textContent.slice(0, 40), dark: light(behind(document.querySelector(".bf"))) < .2,
            contrast: (Math.max(a, b) + .05) / (Math.min(a, b) + .05)};
  });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that notes what it asks for and whether it was made to speak; both are looked at in the end."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    spoken: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (spoken.append(dialog.message), dialog.dismiss()))
    yield page
    hacked = page.evaluate("window.hacked")
    page.close()
    assert hacked is None
    assert spoken == []
    assert asked, "nothing was loaded"
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {"127.0.0.1"}


@pytest.fixture(scope="module")
def app(sample_index: Path) -> Iterator[str]:
    with served(sample_index) as address:
        yield address


@pytest.fixture(scope="module")
def hostile_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hostile")
    article = {
        "_id": "h1<script>window.hacked=4</script>",
        "title": HOSTILE_TITLE,
        "text": HOSTILE_TEXT,
        "metadata": {"source": HOSTILE_SOURCE, "url": HOSTILE_URL, "date": "2023-09-13"},
    }
    other = {
        "_id": "h2",
        "title": HOSTILE_HEADLINE,
        "text": "The zebra committee paid the builders on Tuesday and went home before the rain came.",
        "metadata": {"source": "Plain Post", "url": "javascript:window.hacked=5"},
    }
    (folder / "hostile.jsonl").write_text("\n".join(json.dumps(line) for line in (article, other)), encoding="utf-8")
    build(folder / "index", [folder / "hostile.jsonl"])
    with served(folder / "index") as address:
        yield address


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask").click()
    settled(page, ".bf-answer")


def test_a_question_is_answered_with_a_marked_quote_that_its_citation_leads_to(page: Page, app: str) -> None:
    page.goto(app)
    ask(page, "what does Russia want from Kim?")
    quote_shown = page.locator(".bf-answer blockquote p").first.inner_text()
    citation = page.locator(".bf-answer a.bf-cite").first
    assert citation.inner_text() == "[1]"
    assert quote_shown.endswith("[1]")
    words = quote_shown.removesuffix("[1]").strip()
    assert len(words.split()) >= 4
    citation.click()
    target = urlsplit(page.url).fragment
    assert target.startswith("passage-")
    cited = page.locator(f"#{target}")
    expect(cited).to_be_in_viewport()
    assert cited.locator("mark#quote-1").inner_text() == words
    assert page.locator("article:target").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_pointing_at_a_number_shows_its_sentence_in_the_passage_and_the_link_can_be_reached(
    page: Page,
    app: str,
) -> None:
    page.goto(f"{app}/?q={quote('what does Russia want from Kim?')}")
    settled(page, ".bf-answer")
    quoted = page.locator(".bf-answer blockquote p").first
    card = quoted.locator(".bf-card")
    expect(card).to_be_hidden()
    quoted.locator("a.bf-cite").hover()
    expect(card).to_be_visible()
    assert quoted.inner_text().startswith(card.locator("mark").inner_text())
    for told in ("At a far-eastern spaceport", "What Moscow is after", "Meridian Briefing", "14 September 2023"):
        expect(card).to_contain_text(told)
    link = card.locator("a[href^='https://meridian-briefing']")
    box = link.bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2, steps=30)
    link.click(trial=True)
    expect(card).to_be_visible()
    page.mouse.move(2, 2)
    expect(card).to_be_hidden()
    quoted.locator("a.bf-cite").focus()
    page.keyboard.press("Tab")  # to the next number, not into what a screen reader is not told
    expect(page.locator("a.bf-cite").nth(1)).to_be_focused()


def test_the_outline_of_an_article_stays_at_its_side(page: Page, app: str) -> None:
    page.goto(f"{app}/?q={quote('what does Russia want from Kim?')}")
    settled(page, ".bf-note")
    page.get_by_role("button", name="Read the article").first.click()
    expect(page.locator("#bf-opened")).to_be_in_viewport()
    last = page.locator(".bf-article nav a").last
    expect(last).to_be_in_viewport()
    last.click()
    expect(page.locator(f".bf-article [id='{str(last.get_attribute('href'))[1:]}'] + span")).to_be_in_viewport()
    expect(last).to_be_in_viewport()


def test_the_address_holds_the_question_and_shows_the_same_answer_again(page: Page, app: str) -> None:
    page.goto(app)
    page.get_by_role("button", name="Who declared martial law in South Korea?").click()
    settled(page, ".bf-answer")
    first = page.locator(".bf-answer").inner_text()
    page.wait_for_url("**/?q=*")
    page.reload()
    settled(page, ".bf-answer")
    assert page.locator(".bf-answer").inner_text() == first
    expect(page.get_by_label("Your question")).to_have_value("Who declared martial law in South Korea?")


def test_a_narrow_screen_shows_everything_without_sideways_scrolling(page: Page, app: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app}/?q={quote('what does Russia want from Kim?')}")
    settled(page, ".bf-answer")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    edges = page.eval_on_selector_all(".bf *", "all => all.map(e => e.getBoundingClientRect().right)")
    assert len(edges) > 50
    assert max(edges) <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(browser: Browser, app: str, scheme: Literal["light", "dark"]) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{app}/?q={quote('what does Russia want from Kim?')}")
    settled(page, ".bf-answer")
    found = page.evaluate(CONTRASTS)
    page.close()
    assert len(found) > 60
    assert found[0]["dark"] is (scheme == "dark")
    assert [words for words in found if words["contrast"] < 4.5] == []  # WCAG 2.2, level AA


def test_the_first_minute_goes_as_it_is_told(page: Page, tmp_path: Path, sample_index: Path) -> None:
    told = (ROOT / "docs" / "first-minute.md").read_text(encoding="utf-8")
    shutil.copytree(sample_index, tmp_path / "briefings-index")
    with served(tmp_path / "briefings-index") as address:
        page.goto(address)
        page.get_by_role("button", name="What does Russia want from Kim?").click()
        settled(page, ".bf-note")
        page.keyboard.press("/")
        expect(page.get_by_label("Your question")).to_be_focused()
        citation = page.locator("a.bf-cite").first
        assert citation.inner_text() == "[1]"
        citation.hover()
        expect(page.locator(".bf-card mark").first).to_be_visible()
        citation.click()
        expect(page.locator("article:target")).to_be_in_viewport()
        page.get_by_role("button", name="Read the article").first.click()
        expect(page.locator("#bf-opened")).to_be_in_viewport()
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Clip quote 1").click()
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Markdown").first.click()
        assert "meridian-briefing.example.org" in Path(download.value.path()).read_text(encoding="utf-8")
        page.keyboard.press("Escape")
        page.get_by_label("Ask on from here").fill("and what does Kim want?")
        page.get_by_role("button", name="Ask on").click()
        expect(page.locator(".bf-followed")).to_contain_text("Kim")
        settled(page, ".bf-note")
        typed = {"/", "[1]", "and what does Kim want?", "What does Russia want from Kim?"}
        names = {*re.findall(r"\*\*(.+?)\*\*", told)} - typed
        assert len(names) > 10
        for name in names:
            assert page.get_by_text(name, exact=True).count(), name
        page.get_by_role("radio", name="Notebook").click()
        expect(page.locator(".bf-clip")).to_contain_text("meridian-briefing.example.org")


def test_streamlits_own_buttons_are_not_there(page: Page, app: str) -> None:
    page.goto(app)
    settled(page, ".bf-masthead")
    assert page.get_by_text("Deploy", exact=True).count() == 0
    assert page.locator("h1").all_inner_texts() == ["Briefings"]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_hostile_article_is_shown_as_the_text_it_is(page: Page, hostile_app: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(hostile_app)
    ask(page, "what did the zebra committee decide to build?")
    shown = page.locator(".bf-passage").filter(has_text="treasurer").first
    assert shown.locator("h3").inner_text() == HOSTILE_TITLE
    text = shown.locator(".bf-text").first
    numbers = text.locator("sup").evaluate_all("all => all.forEach(sup => sup.remove())")
    assert numbers is None
    assert len(text.inner_text()) > HOSTILE_TEXT.index("www") + 500  # the long word is cut where its passage ends
    assert HOSTILE_TEXT.startswith(text.inner_text())
    assert HOSTILE_SOURCE in shown.locator(".bf-told").inner_text()
    links = page.locator(".bf a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links
    assert all(link.startswith(("#passage-", "https://evil.example/")) for link in links)
    for tag in ("img", "svg", "script", "style", "b"):
        assert page.locator(f".bf-passage {tag}, .bf-answer {tag}").count() == 0
    assert page.evaluate("document.querySelector('.bf-text').getBoundingClientRect().right") <= width


def test_hostile_names_in_widgets_are_shown_as_the_text_they_are(page: Page, hostile_app: str) -> None:
    page.goto(hostile_app)
    page.get_by_label("Sources", exact=True).click()
    expect(page.get_by_role("option")).to_have_text([f"{HOSTILE_SOURCE} · 1", "Plain Post · 1"])
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    tag = page.locator(".stMultiSelect [data-tag]").first
    assert tag.inner_text() == f"{HOSTILE_SOURCE} · 1"
    example = page.locator("[class*='st-key-example-'] button").first
    assert example.inner_text().replace(WORD_JOINER, "") == HOSTILE_HEADLINE
    assert example.locator("a, img, strong, code, .katex").count() == 0
    example.click()
    settled(page, ".bf-answer")
    expect(page.get_by_label("Your question")).to_have_value(HOSTILE_HEADLINE)


def test_a_hostile_folder_name_in_an_error_is_shown_as_the_text_it_is(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / ":red[x] $5 $6 <b>y<i> **z** `c` :smile: :material_home: www.evil.example a@evil.example ---"
    folder.write_text("no folder", encoding="utf-8")
    with served(folder) as address:
        page.goto(address)
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("is a file, not an index folder")
        assert f"{folder} is a file" in alert.inner_text().replace(WORD_JOINER, "")
        assert alert.locator("a, img, em, code, .katex, [style*=color]").count() == 0


def test_adding_articles_to_nothing_makes_an_index_that_answers(page: Page, tmp_path: Path) -> None:
    note = tmp_path / "bridge.md"
    note.write_text(
        "---\ntitle: The bridge opens\ndate: 2024-05-02\nsource: River Post\n---\n\n"
        "The mayor opened the new bridge over the river on Thursday. It cost $5m and took seven years to build.\n",
        encoding="utf-8",
    )
    with served(tmp_path / "index") as address:
        page.goto(address)
        expect(page.locator(".bf-welcome")).to_contain_text("briefings index PATH...")
        page.locator("input[type=file]").set_input_files(note)
        expect(page.locator(".bf-preview")).to_contain_text("The bridge opens")
        page.get_by_role("button", name="Add to the index").click()
        expect(page.locator(".stAlert")).to_contain_text("1 added. The index holds 1 article", timeout=120_000)
        ask(page, "how long did the bridge take to build?")
        expect(page.locator(".bf-answer blockquote")).to_contain_text("took seven years to build")
    assert (tmp_path / "index-uploads" / "bridge.md").read_bytes() == note.read_bytes()
