"""Web pages against gold: how much of the article is kept, how little else, and what is known of it.

    python bench/extraction.py [DATA] [--worst N]

Body text is scored as `evaluate.py` of scrapinghub/article-extraction-benchmark does: multisets of four words in a row,
precision and recall averaged over the pages, F1 of these two; the mean of the pages' own F1 stands beside it. A page
that is refused counts as an empty text. Of metadata, a field counts where the gold states it, but for
four bylines that are none.

Rules are tuned on one half of the pages, parted by the digest of the page's id; the other half says whether they are
general.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import platform
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.dates import iso_day
from index.errors import InputError
from index.formats.html import read_html
from index.records import Article

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
BODIES = "html-article-extraction"
FIELDS = "html-readability-news"
HALVES = {"tuning half": (0,), "other half": (1,), "all": (0, 1)}
SHINGLE = 4
GOLD_OF = {"title": "title", "author": "byline", "published": "publishedTime", "source": "siteName"}
# The gold is that tool's own output. Here it is no byline: a teaser's author, twice; the line of dates; a category.
FAULTY = frozenset((page, "author") for page in ("herald-sun-1", "salon-1", "seattletimes-1", "yahoo-4"))


@dataclass(frozen=True)
class Page:
    """A page's bytes and what is right about it."""

    page_id: str
    content: bytes
    gold: Mapping[str, Any]

    @property
    def half(self) -> int:
        """Return 0 for a page to tune on, 1 for one that only tells."""
        return hashlib.sha256(self.page_id.encode()).digest()[0] % 2


@dataclass(frozen=True)
class Score:
    """How one page's text agrees with its gold."""

    page: Page
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the page's own F1."""
        return harmonic(self.precision, self.recall)


def main() -> None:
    """Print a Markdown table of body text, one of metadata, and what is wrong in the tuning half."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", default=DATA, help="folder of the data sets")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="also list the N worst pages to tune on")
    call = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}\n")
    scores = body_table(list(bodies(call.data / BODIES)))
    print()
    wrong = field_table(list(fields(call.data / FIELDS)))
    for score in sorted((each for each in scores if not each.page.half), key=lambda each: each.f1)[: call.worst]:
        print(f"{score.page.page_id[:12]} {score.f1:.3f} precision {score.precision:.3f} recall {score.recall:.3f}")
    if call.worst:
        print(*wrong, sep="\n")


def body_table(pages: Sequence[Page]) -> list[Score]:
    """Print the scores of our text and of trafilatura's; return ours."""
    print("| body text | pages | reader | precision | recall | F1 | mean F1 |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: |")
    ours = [score_of(page, our_text(page)) for page in pages]
    theirs = [score_of(page, baseline_text(page)) for page in pages]
    for name, halves in HALVES.items():
        for reader, scores in (("trafilatura", theirs), ("read_html", ours)):
            chosen = [each for each in scores if each.page.half in halves]
            precision = statistics.mean(each.precision for each in chosen)
            recall = statistics.mean(each.recall for each in chosen)
            figures = (precision, recall, harmonic(precision, recall), statistics.mean(each.f1 for each in chosen))
            print(f"| {name} | {len(chosen)} | {reader} | " + " | ".join(f"{each:.4f}" for each in figures) + " |")
    return ours


def field_table(pages: Sequence[Page]) -> list[str]:
    """Print how many pages have each field right; return what is wrong in the tuning half."""
    print("| metadata | pages | " + " | ".join(GOLD_OF.values()) + " | all right |")
    print("| --- | ---: |" + " ---: |" * (len(GOLD_OF) + 1))
    verdicts = {page.page_id: verdict(page) for page in pages}
    for name, halves in HALVES.items():
        chosen = [verdicts[page.page_id] for page in pages if page.half in halves]
        cells: list[str] = []
        for field in GOLD_OF:
            stated = [each[field] for each in chosen if field in each]
            cells.append(f"{sum(stated)} of {len(stated)}")
        cells.append(f"{sum(all(each.values()) for each in chosen)} of {len(chosen)}")
        print(f"| {name} | {len(chosen)} | " + " | ".join(cells) + " |")
    return [
        f"{page.page_id}: {field} is {getattr(our_article(page), field)!r}, gold {page.gold[GOLD_OF[field]]!r}"
        for page in pages
        if not page.half
        for field, right in verdicts[page.page_id].items()
        if not right
    ]


def bodies(folder: Path) -> Iterator[Page]:
    """Yield the English pages with gold bodies."""
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    for page_id, gold in sorted(truth.items()):
        if gold["english"]:
            yield Page(page_id, gzip.decompress((folder / "html" / f"{page_id}.html.gz").read_bytes()), gold)


def fields(folder: Path) -> Iterator[Page]:
    """Yield the pages with gold metadata."""
    for line in (folder / "metadata.jsonl").open(encoding="utf-8"):
        gold = json.loads(line)
        yield Page(gold["_id"], gzip.decompress((folder / "html" / f"{gold['_id']}.html.gz").read_bytes()), gold)


def our_article(page: Page) -> Article | None:
    """Return the page as the project reads it, or None where it refuses."""
    try:
        return read_html(page.content, page.page_id)
    except InputError:
        return None


def our_text(page: Page) -> str:
    """Return the text that the project would index."""
    article = our_article(page)
    return article.text if article else ""


def baseline_text(page: Page) -> str:
    """Return trafilatura's text with its own defaults, but without readers' comments, which the gold has not."""
    from trafilatura import extract

    return extract(page.content, include_comments=False) or ""


def verdict(page: Page) -> dict[str, bool]:
    """Return, for each field that the gold states, whether we have it right."""
    article = our_article(page)
    right = {}
    for field, name in GOLD_OF.items():
        if (page.page_id, field) in FAULTY:
            continue
        gold = page.gold[name]
        ours = getattr(article, field) if article else None
        if gold and field == "published":
            right[field] = ours == iso_day(gold)
        elif gold:
            right[field] = letters(ours or "") == letters(gold)
    return right


def letters(text: str) -> str:
    """Return what two spellings of a field share; a byline's "By" is no part of the name."""
    return "".join(re.findall(r"\w+", re.sub(r"^by\s+", "", text.casefold())))


def score_of(page: Page, text: str) -> Score:
    """Return the share of a text's shingles that are gold, and of the gold's that are in it."""
    gold, found = shingles(page.gold["articleBody"]), shingles(text)
    shared = (gold & found).total()
    precision, recall = shared / max(found.total(), 1), shared / max(gold.total(), 1)
    return Score(page, precision, recall) if gold or found else Score(page, 1.0, 1.0)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the multiset of four words in a row; fewer words are one shingle."""
    words = re.findall(r"\w+", text)
    runs = (tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))
    return Counter(run for run in runs if run)


def harmonic(precision: float, recall: float) -> float:
    """Return F1."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


if __name__ == "__main__":
    main()
