"""Take pictures of the app, to look at: an answer in light, in dark and 390 px wide, and the page without an index.

python bench/screenshots.py FOLDER [--index DIR]
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, expect, sync_playwright

APP = Path(__file__).resolve().parent.parent / "app.py"
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
    ("390", "light", 390, 844),
)
QUESTION = "What does Russia want from Kim?"


@contextmanager
def served(index: Path) -> Iterator[str]:
    """Run the app over an index on a free port, and yield its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = "from search.cli import main; main()"
    command = [sys.executable, "-c", launch, "app", "--no-browser", "--port", str(port), "--index", str(index)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    server = subprocess.Popen(
        command, cwd=APP.parent, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
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


def picture(
    browser: Browser, address: str, file: Path, scheme: Scheme, width: int, height: int, *, whole: bool = False
) -> None:
    """Open an address and save what a person sees there."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    settled(page, ".bf-answer, .bf-welcome, .bf-about, .stButton, .stAlert, .stException")
    if page.locator(".stException").count():
        raise SystemExit(f"the app failed at {address}: start it by hand and read its log")
    if whole:
        tall = page.evaluate("document.querySelector('.stMain').scrollHeight")
        page.set_viewport_size({"width": width, "height": int(tall)})
        page.wait_for_timeout(500)
    page.screenshot(path=file)
    page.close()
    print(file)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description="Take pictures of the app.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--index", type=Path, help="an index of examples/briefings; made if not given")
    parser.add_argument("--question", default=QUESTION)
    named = parser.parse_args()
    named.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        index = named.index
        if index is None:
            from index.build import build

            index = Path(scratch) / "index"
            build(index, [APP.parent / "examples" / "briefings"])
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        with served(index) as address:
            asked = f"{address}/?q={quote(named.question)}"
            for name, scheme, width, height in SIZES:
                picture(browser, asked, named.folder / f"answer-{name}.png", scheme, width, height)
                picture(browser, asked, named.folder / f"whole-{name}.png", scheme, width, height, whole=True)
                picture(browser, address, named.folder / f"question-{name}.png", scheme, width, height)
                tending = f"{address}/?page=index"
                picture(browser, tending, named.folder / f"index-{name}.png", scheme, width, height, whole=True)
        with served(Path(scratch) / "none") as address:
            for name, scheme, width, height in SIZES:
                picture(browser, address, named.folder / f"empty-{name}.png", scheme, width, height)
        browser.close()


if __name__ == "__main__":
    main()
