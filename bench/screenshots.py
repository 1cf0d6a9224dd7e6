"""Take pictures of every page of the app, to look at: in light, in dark and 390 px wide.

python bench/screenshots.py FOLDER     every page and state, as NAME-light.png, NAME-dark.png and NAME-narrow.png
python bench/screenshots.py --readme   the three pictures that the README shows, into docs/
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, expect, sync_playwright

from index.build import build
from index.generations import current_generation, write_lock
from search.excerpts import cited_excerpt, passage_excerpt
from search.judgements import add, judged_answer, judged_hit, judgements_file
from search.notebook import add_clip, change_note, new_clip, notebook_path
from search.searcher import Searcher

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 120
STOP_SECONDS = 10
Scheme = Literal["light", "dark"]
SIZES: tuple[tuple[str, Scheme, int, int], ...] = (
    ("light", "light", 1280, 960),
    ("dark", "dark", 1280, 960),
    ("narrow", "light", 390, 844),
)
KIM = "what does Russia want from Kim?"
KARABAKH = "how many people fled Karabakh?"
QUAKES = "what was the death toll of the Turkey and Syria earthquakes?"
ASKED = f"/?q={quote(KIM)}"
REFUSED = f"/?q={quote('Who won the 2022 World Cup?')}"
NARROWED = f"{ASKED}&source=The+Harbour+Wire&source=Northern+Desk&since=2023-02-01&not-section=Unease+next+door"
NOTE = (
    b"---\ntitle: The bridge opens\ndate: 2024-05-02\nsource: River Post\n---\n\n"
    b"The mayor opened the new bridge over the river on Thursday. It cost $5m and took seven years to build.\n"
)


@dataclass(frozen=True)
class View:
    """A page as somebody finds it. ready: what is there once it is drawn. opened: does what they do then."""

    name: str
    address: str
    ready: str
    opened: Callable[[Page], None] = lambda page: None


def open_filters(page: Page) -> None:
    """Open the side, where it is closed: a section that is left out stands there."""
    if page.get_by_test_id("stExpandSidebarButton").is_visible():
        page.get_by_test_id("stExpandSidebarButton").click()
    settled(page, ".st-key-not-section span[title]")
    page.locator(".st-key-not-section").scroll_into_view_if_needed()


def point_at_a_quote(page: Page) -> None:
    """Point at the first citation, which shows its passage."""
    page.locator("a.bf-cite").first.hover()
    page.wait_for_selector(".bf-card:visible")


def read_an_article(page: Page) -> None:
    """Open the first article."""
    page.get_by_role("button", name="Read the article").first.click()
    settled(page, ".bf-article")


def open_the_export(page: Page) -> None:
    """Open the choice of files."""
    page.get_by_role("button", name="Export").click()
    settled(page, ".stDownloadButton")


def compare_rankings(page: Page) -> None:
    """Measure two rankings on what was judged."""
    page.get_by_role("button", name="Run the evaluation").scroll_into_view_if_needed()
    settled(page, ".st-key-evaluate")  # scrolling would close the list again
    page.get_by_label("Compare with (B)").click()
    page.get_by_role("option", name="BM25 only").click()
    page.get_by_role("button", name="Run the evaluation").click()
    settled(page, "[aria-label=Comparison]")


def open_every_part(page: Page) -> None:
    """Open what the page of the index keeps closed, and list an article that could be removed."""
    for part in ("Sources", "Set aside when it was read", "Earlier generations", "Remove articles", "Check and repair"):
        page.locator("summary").filter(has_text=part).click()
    page.get_by_label("Words of the headline, or an article id").fill("spaceport")
    page.keyboard.press("Enter")
    settled(page, ".bf-rows b")


def choose_a_file(page: Page) -> None:
    """Choose a file to add, which shows what would be kept of it."""
    page.locator("input[type=file]").set_input_files({"name": "bridge.md", "mimeType": "text/markdown", "buffer": NOTE})
    settled(page, ".bf-preview")


VIEWS = (
    View("question", "/", ".bf-try"),
    View("answer", ASKED, ".bf-note"),
    View("quote", ASKED, ".bf-note", point_at_a_quote),
    View("differ", f"/?q={quote(QUAKES)}", ".bf-answer .bf-note"),
    View("timeline", f"{ASKED}&view=timeline", ".bf-timeline"),
    View("refusal", REFUSED, ".bf-note"),
    View("long-question", f"/?q={'why+' * 251}", ".stAlert"),
    View("filters", NARROWED, ".bf-note", open_filters),
    View("lost-generation", f"{ASKED}&g=99", ".bf-note"),
    View("article", ASKED, ".bf-note", read_an_article),
    View("export", ASKED, ".bf-note", open_the_export),
    View("notebook", "/?page=notebook", ".bf-clip"),
    View("judge", "/?page=judge", ".st-key-evaluate"),
    View("comparison", "/?page=judge", ".st-key-evaluate", compare_rankings),
    View("index", "/?page=index", ".bf-about", open_every_part),
    View("preview", "/?page=index", ".bf-about", choose_a_file),
)
PASSWORD_VIEW = View("password", ASKED, "input[type=password]")
STATE_READY = ".bf-welcome"


def furnish(folder: Path) -> None:
    """Put clips, a note and judgements beside an index, as people leave them who work with it."""
    with Searcher.open(folder) as briefings:
        generation, model = briefings.store.manifest.generation, briefings.store.manifest.model.name
        answer = briefings.ask(KIM)
        clips = (cited_excerpt(answer.citations[0]), passage_excerpt(answer.hits[1]))
        for excerpt, user in zip(clips, ("Ida", "Bo"), strict=True):
            clip = new_clip(excerpt, question=KIM, generation=generation, user=user)
            add_clip(notebook_path(folder), clip)
        change_note(notebook_path(folder), clip.id, "Ask the embassy whether this still holds.")
        add(judgements_file(folder), judged_answer(answer, 1, user="Ida", generation=generation, model=model))
        for question, user in ((KIM, "Ida"), (KARABAKH, "Bo")):
            for hit, relevance in zip(briefings.search(question, k=2), (1, 0), strict=True):
                judged = judged_hit(question, hit, relevance, user=user, generation=generation, model=model)
                add(judgements_file(folder), judged)


def states(folder: Path, index: Path) -> Iterator[tuple[str, str]]:
    """Put a folder into each state that has a page of its own; yield its name and that page's heading meanwhile."""
    yield "missing", "Nothing to read yet"
    with write_lock(folder):
        yield "being-built", "The index is being built"
    shutil.copytree(index, folder, dirs_exist_ok=True)
    generation = current_generation(folder)
    assert generation is not None
    manifest = generation / "manifest.json"
    written = manifest.read_text(encoding="utf-8")
    for form, name in ((99, "newer"), (1, "older")):
        manifest.write_text(json.dumps({**json.loads(written), "format": form}), encoding="utf-8")
        yield name, f"This index is {name} than this program"
    manifest.write_text(written, encoding="utf-8")
    (generation / "vectors.faiss").unlink()
    yield "damaged", "The index is damaged"


@contextmanager
def served(index: Path, *, password: str = "") -> Iterator[str]:
    """Run the app over an index on a free port, and yield its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = "from search.cli import main; main()"
    command = [sys.executable, "-c", launch, "app", "--no-browser", "--port", str(port), "--index", str(index)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", **({"BRIEFINGS_PASSWORD": password} if password else {})}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + START_SECONDS
        while server.poll() is None and time.monotonic() < until:
            try:
                urlopen(f"{address}/_stcore/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()


def settled(page: Page, ready: str) -> None:
    """Wait until what the selector names is there, and the page is drawn: nothing on it is of the run before."""
    page.wait_for_selector(ready, timeout=60_000)
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=60_000)
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    page.wait_for_timeout(300)  # what fades or slides is there


def show(page: Page, address: str, view: View) -> None:
    """Open a view of the app that is served at an address."""
    page.goto(f"{address}{view.address}")
    settled(page, view.ready)
    view.opened(page)
    settled(page, view.ready)


def take(
    browser: Browser, address: str, view: View, size: tuple[str, Scheme, int, int], file: Path, *, whole: bool = True
) -> None:
    """Save what a person sees of a view; `whole`: also all that its page has below, where nothing lies above it."""
    _, scheme, width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    show(page, address, view)
    if page.locator(".stException").count():
        raise SystemExit(f"the app failed at {address}{view.address}: start it by hand and read its log")
    page.screenshot(path=file)
    tall = page.evaluate("document.querySelector('.stMain').scrollHeight")
    if whole and tall > height and not page.locator("[role=dialog], .bf-card:visible").count():
        page.set_viewport_size({"width": width, "height": int(tall)})
        settled(page, view.ready)
        page.screenshot(path=file.with_stem(f"{file.stem}-whole"))
    page.close()
    print(file)


def take_all(browser: Browser, folder: Path, index: Path, scratch: Path) -> None:
    """Take every view of a furnished index, the page of the password, and each state that an index can be in."""

    def sizes(address: str, *views: View) -> None:
        for view in views:
            for size in SIZES:
                take(browser, address, view, size, folder / f"{view.name}-{size[0]}.png")

    with served(index) as address:
        sizes(address, *VIEWS)
    with served(index, password="sesame") as address:
        sizes(address, PASSWORD_VIEW)
    with served(scratch / "news") as address:
        for name, _ in states(scratch / "news", index):
            sizes(address, View(name, "/", STATE_READY))


def take_for_readme(browser: Browser, index: Path) -> None:
    """Take the three pictures that the README shows."""
    kim, karabakh = VIEWS[1], View("karabakh", f"/?q={quote(KARABAKH)}", ".bf-note")
    light, dark, narrow = SIZES
    with served(index) as address:
        for view, size, name in ((kim, light, "app"), (kim, dark, "app-dark"), (karabakh, narrow, "app-narrow")):
            take(browser, address, view, size, ROOT / "docs" / f"{name}.png", whole=False)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description="Take pictures of the app.")
    parser.add_argument("folder", type=Path, nargs="?", help="where every page goes")
    parser.add_argument("--readme", action="store_true", help="take the three pictures in docs/ instead")
    call = parser.parse_args()
    if (call.folder is None) is not call.readme:
        parser.error("name a folder, or --readme")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        articles = Path(scratch) / "briefings"
        index = Path(scratch) / "briefings-index"
        shutil.copytree(ROOT / "examples" / "briefings", articles)
        build(index, [articles])
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        if call.readme:
            take_for_readme(browser, index)
        else:
            (articles / "broken.pdf").write_bytes(b"no")
            (articles / "bridge.md").write_bytes(NOTE)
            build(index, [articles])
            furnish(index)
            call.folder.mkdir(parents=True, exist_ok=True)
            take_all(browser, call.folder, index, Path(scratch))
        browser.close()


if __name__ == "__main__":
    main()
