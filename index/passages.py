"""Passages: whole sentences of one section, about 130 words each, and the text that stands for them.

What is shown is `Passage.text`, the article's own characters. What is embedded is `embedded_text(...)`: the
same characters behind the context that says what they are about.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from index.records import Article, Passage, Section
from index.sections import sections_of
from index.sentences import Span, paragraph_spans, sentence_spans

# Raise this when sections or passages would be cut otherwise: every article is then cut again.
CHUNKING_VERSION = 1
PASSAGE_WORDS = 130
MOST_WORDS = 150  # with context, about 256 tokens of the default model: its limit
# A paragraph's end is taken over a sentence's end that is this much nearer to the ideal place (in words).
PARAGRAPH_PULL = 25.0
# Text without spaces (Chinese, a base64 blob) counts a word for every six characters.
CHARACTERS_A_WORD = 6

_SPACE = re.compile(r"\s+")


def passages_of(article: Article) -> list[Passage]:
    """Cut an article into passages. None crosses a section; each ends where a sentence ends.

    Only a sentence that is itself longer than a passage may be cut, at a space where there is one.
    """
    passages: list[Passage] = []
    for section in sections_of(article):
        for start, end in _cut(article.text, section):
            passages.append(Passage(article, section, len(passages), start, end))
    return passages


def embedded_text(passage: Passage, *, with_title: bool) -> str:
    """Return the text to embed: title (where it tells something), section heading, body."""
    context = [passage.title] if with_title and passage.title else []
    heading = passage.section.heading
    # A head inside the paragraph already stands at the start of the section's first passage.
    if heading and not (passage.start == passage.section.start and passage.section.kind != "heading"):
        context.append(heading)
    return "\n".join([*context, passage.text])


def _cut(text: str, section: Section) -> Iterator[Span]:
    units = list(_units(text, section))
    sizes = [_words(text, start, end) for start, end, _ in units]
    total = sum(sizes)
    count = max(1, math.ceil(total / MOST_WORDS)) if total <= 2 * MOST_WORDS else round(total / PASSAGE_WORDS)
    first = 0
    done = 0
    for number in range(1, count + 1):
        if number == count:
            last = len(units)
        else:
            last, taken = _nearest_end(units, sizes, first, done, total * number / count)
            done += taken
        if last > first:
            yield units[first][0], units[last - 1][1]
        first = last


def _nearest_end(
    units: list[tuple[int, int, bool]], sizes: list[int], first: int, done: int, ideal: float
) -> tuple[int, int]:
    """Return the unit after the best place to stop, near `ideal` words, and the words up to there."""
    best = (math.inf, first, 0)
    taken = 0
    for position in range(first, len(units)):
        taken += sizes[position]
        distance = abs(done + taken - ideal) - (PARAGRAPH_PULL if units[position][2] else 0.0)
        if distance < best[0] and position + 1 < len(units):
            best = (distance, position + 1, taken)
        if done + taken > ideal + PARAGRAPH_PULL:
            break
    return best[1], best[2]


def _units(text: str, section: Section) -> Iterator[tuple[int, int, bool]]:
    """Yield the sentences (pieces of them where one is too long), and whether a paragraph ends there."""
    for start, end in paragraph_spans(text, section.start, section.end):
        for sentence_start, sentence_end in sentence_spans(text, start, end):
            for piece_start, piece_end in _pieces(text, sentence_start, sentence_end):
                yield piece_start, piece_end, piece_end == end


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    limit = MOST_WORDS * CHARACTERS_A_WORD
    # Looking a word further than the limit tells whether there are more, however long the rest is.
    while _words(text, start, min(end, start + limit + CHARACTERS_A_WORD)) > MOST_WORDS:
        stop = min(start + limit, end)
        spaces = [match.start() for match in _SPACE.finditer(text, start, stop)][:MOST_WORDS]
        # Late in the piece where there is a space there, or at the last that so many words allow.
        cut = spaces[-1] if spaces and (len(spaces) == MOST_WORDS or spaces[-1] > start + limit // 2) else stop
        yield start, cut
        space = _SPACE.match(text, cut)
        start = space.end() if space else cut
    if start < end:
        yield start, end


def _words(text: str, start: int, end: int) -> int:
    return max(text.count(" ", start, end) + 1, (end - start) // CHARACTERS_A_WORD)
