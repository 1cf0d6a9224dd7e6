"""Lines of pages to paragraphs and headings, from how long the lines are and how large their type is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

from index.blocks import Block, heading
from index.records import Dropped

HEADING_SIZE = 1.15  # type this much larger than the text's own heads something
SHORT_LINE = 0.75  # of a full line: a paragraph may end there
WHOLE_LINE = 12  # letters: a shorter line may stand inside a headline by chance
MOST_RUNS = 500  # of large type on a page that is text and not a chart
EDGE_LINES = 2  # how far from the top and the foot of a page its running lines stand

_NUMBER_ALONE = re.compile(r"(?:page )?[-–— ]*\d{1,4}[-–— ]*(?:(?:of|/) ?\d{1,4})?", re.IGNORECASE)
_ENDS = re.compile(r"[.!?:][\"'”’)\]]*$")
_BROKEN = re.compile(r"([^\W\d_]+)-\n([^\W\d_A-Z][\w'’]*)")


@dataclass(frozen=True)
class Page:
    """The lines of a page from top to foot, and its pieces of text with the size of their type."""

    lines: list[str]
    pieces: list[tuple[float, str]]


@dataclass(frozen=True)
class Typeset:
    """Pages, and how many letters are set in each size."""

    pages: list[Page]
    sizes: Counter[float]


def blocks_of(text: Typeset, dropped: list[Dropped]) -> list[Block]:
    """Return paragraphs and headings; running lines and page numbers go to `dropped`."""
    running = _running_lines(text.pages)
    levels = _heading_levels(text.sizes)
    lines: list[tuple[str, int]] = []
    for page in text.pages:
        large = _runs(page.pieces, levels)
        for position, line in enumerate(page.lines):
            at_edge = position < EDGE_LINES or position >= len(page.lines) - EDGE_LINES
            if at_edge and line and (_NUMBER_ALONE.fullmatch(line) or _numberless(line) in running):
                dropped.append(Dropped("running line", line))
            else:
                lines.append((line, _level(line, large)))
    return _mended(list(_blocks(lines)))


def _running_lines(pages: Sequence[Page]) -> set[str]:
    """Return the lines, less their numbers, that stand at the edge of at least half of the pages."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_numberless(line) for line in (*page.lines[:EDGE_LINES], *page.lines[-EDGE_LINES:]) if line})
    return {line for line, count in seen.items() if line and count >= 3 and count * 2 >= len(pages)}


def _numberless(line: str) -> str:
    return re.sub(r"\d+", "#", line).casefold()


def _heading_levels(sizes: Counter[float]) -> dict[float, int]:
    """Return the level of each size of type that heads something: 1 for the largest."""
    if not sizes:
        return {}
    body = sizes.most_common(1)[0][0]
    large = sorted((size for size in sizes if size > body * HEADING_SIZE), reverse=True)
    return {size: min(level, 6) for level, size in enumerate(large, start=1)}


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _runs(pieces: Sequence[tuple[float, str]], levels: Mapping[float, int]) -> list[tuple[str, int]]:
    """Return what is set in large type, each run of one size without its spaces."""
    runs = [
        (_squeezed("".join(text for _, text in run)), levels[size])
        for size, run in groupby(pieces, key=itemgetter(0))
        if size in levels
    ]
    return runs if len(runs) <= MOST_RUNS else []


def _level(line: str, runs: Sequence[tuple[str, int]]) -> int:
    """Return the level of a line that is, or is one line of, a run of large type; else 0."""
    squeezed = _squeezed(line)
    for run, level in runs:
        if squeezed in run and (len(squeezed) >= WHOLE_LINE or run.startswith(squeezed) or run.endswith(squeezed)):
            return level if squeezed else 0
    return 0


def _blocks(lines: Sequence[tuple[str, int]]) -> Iterator[Block]:
    lengths = sorted(len(line) for line, level in lines if line and not level)
    full = lengths[len(lengths) * 4 // 5] if lengths else 0
    current: list[str] = []
    for (line, level), (following, next_level) in pairwise([*lines, ("", 0)]):
        if line:
            current.append(line)
        if level != next_level or (not level and _ends_paragraph(line, following, full)):
            text = "\n".join(current)
            current = []
            if text:
                yield heading(text.replace("\n", " "), level) if level else Block(text)
    if current:
        yield Block("\n".join(current))


def _ends_paragraph(line: str, following: str, full: int) -> bool:
    if not line:
        return True
    short = len(line) < full * SHORT_LINE
    starts_anew = not following[:1].islower()
    return short and starts_anew and (bool(_ENDS.search(line)) or len(line) < full * 0.6)


def _mended(blocks: Sequence[Block]) -> list[Block]:
    """Put words that were broken at line ends together, and lines to paragraphs."""
    words = set(re.findall(r"[\w'’-]+", " ".join(block.text for block in blocks)))

    def joined(broken: re.Match[str]) -> str:
        hyphened = f"{broken[1]}-{broken[2]}"
        # "well-\nknown" keeps its hyphen where the text has "well-known" somewhere else.
        return hyphened if hyphened in words else broken[1] + broken[2]

    return [
        Block(re.sub(r"\s*\n\s*", " ", _BROKEN.sub(joined, block.text.replace("\xad\n", ""))), block.level)
        for block in blocks
    ]
