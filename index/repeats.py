"""Paragraphs that stand word for word in many articles of one source: what only the corpus can tell from the article.

A paragraph is known by its mark, a number that says the same of every spelling of it: 48 bits of a digest, whether it
speaks to the reader, and how many words it has. A heading has the mark 0. An article's marks are those of its text
before anything that was learned is taken out, so that a rule, once it is applied, does not unlearn itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Container, Iterator, Mapping, Sequence, Set
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.blocks import Block, assemble
from index.passages import CHUNKING_VERSION
from index.records import Article, Dropped

LEAST_STORIES = 4  # so many articles that are not one story printed again
LEAST_SHARE = 0.3  # of the source's articles
LEAST_SHARE_TO_STAY = 0.15  # what was learned stays until its share is below this: one article more unlearns nothing
LEAST_AT_THE_END = 0.8  # of the articles that have it: nothing of the article's own stands behind it
MOST_WORDS = 200
MOST_WORDS_AMID = 39  # of a paragraph that speaks to the reader and has the article's own text behind it
SAME_STORY = 0.7  # of the words of the shorter of two articles: as much in common makes them one story

Marks = NDArray[np.uint64]

# What says "you", "our" or how to subscribe stands beside the story. Only there are digits left out of account: two
# footers of different years are one, and two days' figures are not.
_TO_YOU = frozenset(["you", "your", "yours", "our", "ours", "newsletter", "newsletters", "unsubscribe", "copyright"])
_PHRASES = (
    "mailing list",
    "all rights reserved",
    "published by",
    "a publication of",
    "©",
    "http://",
    "https://",
    "www.",
)
_OPENING = re.compile(
    r"\W*(?:subscribe|sign up|register|click|download|follow|listen|watch|join|support|donate|share|contact|"
    r"e-?mail|read (?:more|next|also)|more (?:on|from))\b"
)
# Somebody's words are the article's own, however often they are quoted.
_SPEECH = re.compile(r"^\W{0,2}[“\"„«]|[“\"„«](?:[^”\"»\s]+\s+){5,}[^”\"»]*[”\"»]")
_WORDS = 0x7FFF
_TO_READERS = 0x8000


def mark_of(text: str) -> int:
    """Return the mark of a paragraph: the same for every spelling that differs in case and spaces only."""
    words = text.casefold().split()
    if not words:
        return 0
    folded, flag = " ".join(words), 0
    if _speaks_to_readers(folded, words):
        folded, flag = re.sub(r"\d+", "0", folded), _TO_READERS
    digest = hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=6).digest()
    return int.from_bytes(digest) << 16 | flag | min(len(words), _WORDS)


def marks_of(article: Article) -> list[int]:
    """Return the marks of an article's paragraphs; none where it cannot be put together again from them."""
    blocks = _blocks(article)
    if article.verbatim or assemble(blocks) != (article.text, article.headings):
        return []
    return [0 if block.level else mark_of(block.text) for block in blocks]


def is_speech(text: str) -> bool:
    """Say whether a paragraph quotes somebody."""
    return bool(_SPEECH.search(text))


def common(articles: Sequence[Marks], counts: Mapping[int, int]) -> list[int]:
    """Return the marks of what is boilerplate among the articles of one source, given how many have each.

    It stands in LEAST_STORIES different stories and LEAST_SHARE of the articles; behind it comes nothing of the
    article's own, or it is short and speaks to the reader.
    """
    least = max(LEAST_STORIES, LEAST_SHARE * len(articles))
    often = {mark for mark, count in counts.items() if count >= least and _words(mark) <= MOST_WORDS}
    if not often:
        return []
    holders: dict[int, list[int]] = {mark: [] for mark in often}
    at_the_end = dict.fromkeys(often, 0)
    for place, marks in enumerate(articles):
        values = marks.tolist()
        for mark in often.intersection(values):
            holders[mark].append(place)
        for mark in set(_end(values, often)):
            at_the_end[mark] += 1
    return [
        mark
        for mark in often
        if _stands_beside(mark, at_the_end[mark] / counts[mark])
        and _has_stories([articles[place] for place in holders[mark]])
    ]


def counted(articles: Sequence[Marks]) -> dict[int, int]:
    """Return in how many of the articles each mark stands that stands in two or more."""
    if not articles:
        return {}
    values, counts = np.unique(np.concatenate([np.unique(marks) for marks in articles]), return_counts=True)
    enough = (counts > 1) & (values > 0)
    return dict(zip(values[enough].tolist(), counts[enough].tolist(), strict=True))


def cuts(marks: Sequence[int], unwanted: Container[int]) -> list[int]:
    """Return the places of the paragraphs to take out; none where nothing would be left of the article.

    A heading goes with what stands below it at the article's end.
    """
    gone = {place for place, mark in enumerate(marks) if mark and mark in unwanted}
    if not gone or all(not mark or place in gone for place, mark in enumerate(marks)):
        return []
    end = len(marks)
    while end and (end - 1 in gone or (not marks[end - 1] and end in gone)):
        end -= 1
        gone.add(end)
    return sorted(gone)


def without(article: Article, names: Mapping[int, str]) -> Article:
    """Take the paragraphs at these places out of an article as it was read, each under the name of a rule."""
    blocks = _blocks(article)
    text, headings = assemble(block for place, block in enumerate(blocks) if place not in names)
    learned = (Dropped(name, blocks[place].text, place, blocks[place].level) for place, name in sorted(names.items()))
    return replace(article, text=text, headings=headings, dropped=(*article.dropped, *learned))


def as_read(article: Article) -> Article:
    """Return an article as it was before anything that was learned was taken out of it."""
    learned = {block.at: block for block in article.dropped if block.at is not None}
    if not learned:
        return article
    blocks = _blocks(article)
    for place, block in sorted(learned.items()):
        blocks.insert(place, Block(block.text, block.level))
    text, headings = assemble(blocks)
    dropped = tuple(block for block in article.dropped if block.at is None)
    return replace(article, text=text, headings=headings, dropped=dropped)


def article_digest(article: Article, *, chunking: int = CHUNKING_VERSION) -> str:
    """Return the digest by which an article that has not changed is known, whatever was learned of it since."""
    article = as_read(article)
    values = (
        chunking,
        article.title,
        article.text,
        [(mark.start, mark.end, mark.level) for mark in article.headings],
        (article.source, article.published, article.author, article.url, article.language),
        [(block.rule, block.text) for block in article.dropped],
    )
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def is_as_stored(article: Article, digest: str) -> bool:
    """Say whether a digest stored with an article, by this version or one that cut it otherwise, is its own."""
    return any(article_digest(article, chunking=each) == digest for each in range(CHUNKING_VERSION, 0, -1))


def _blocks(article: Article) -> list[Block]:
    levels = {(mark.start, mark.end): mark.level for mark in article.headings}
    blocks: list[Block] = []
    at = 0
    for text in article.text.split("\n\n"):
        blocks.append(Block(text, levels.get((at, at + len(text)), 0)))
        at += len(text) + 2
    return blocks


def _speaks_to_readers(line: str, words: Sequence[str]) -> bool:
    # Every paragraph comes by here, and one expression for all of this takes ten times as long.
    said = not _TO_YOU.isdisjoint(word.strip(".,;:!?()—–…’”") for word in words)
    return said or any(phrase in line for phrase in _PHRASES) or bool(_OPENING.match(line))


def _words(mark: int) -> int:
    return mark & _WORDS


def _speaks(mark: int) -> bool:
    return bool(mark & _TO_READERS)


def _end(marks: Sequence[int], often: Collection[int]) -> Iterator[int]:
    """Yield what is frequent and has nothing of the article's own behind it."""
    for mark in reversed(marks):
        if mark in often:
            yield mark
        elif mark and not _speaks(mark):
            return


def _stands_beside(mark: int, at_the_end: float) -> bool:
    return at_the_end >= LEAST_AT_THE_END or (_speaks(mark) and _words(mark) <= MOST_WORDS_AMID)


def _has_stories(articles: Sequence[Marks]) -> bool:
    """Say whether enough of the articles are stories of their own: a wire's copies and an update are one."""
    stories: list[Set[int]] = []
    for marks in articles:
        own = {mark for mark in marks.tolist() if mark and not _speaks(mark)}
        if not any(_is_same(own, story) for story in stories):
            stories.append(own)
            if len(stories) == LEAST_STORIES:
                return True
    return False


def _is_same(one: Set[int], other: Set[int]) -> bool:
    shared, fewer = (sum(map(_words, marks)) for marks in (one & other, min(one, other, key=_weight)))
    return shared >= SAME_STORY * fewer


def _weight(marks: Set[int]) -> int:
    return sum(map(_words, marks))
