"""Text that is no article: a page that lists stories, saved as text or Markdown, or several articles in one file.

Only what cannot well be anything else is taken for that. A live blog has times above its entries, a chronology days
that go forward, a digest sections without an author or a day of their own: these are articles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.clean import is_furniture, said_at_the_top
from index.errors import InputError

LEAST_STORIES = 4
LEAST_OF_ALL = 0.75  # of the stretches of text are such announcements, or it is an article with boxes
ARTICLE_WORDS = 100  # of prose: where these stand together there is an article, whatever stands beside it
LEAST_LINE_WORDS = 8  # of a line of prose; shorter ones are headlines, labels, menus
MOST_ANNOUNCED_WORDS = 70  # of a story above "Read more"
MOST_TEASER_WORDS = 40  # of a story that only its day, author or address shows to be one
LEAST_WHOLE = 3  # articles with an author and a day
LEAST_HEADLINE_WORDS = 3
MOST_HEADLINE_WORDS = 25
MOST_STAMP_WORDS = 12
MOST_BESIDE_WORDS = 3  # of what stands beside a day on its line: where the story is from, or what it is about
MOST_LINES = 2000  # looked at: what a file is shows sooner

_MORE = re.compile(
    r"(?:(?:read|see|view|show|learn) (?:more|the (?:full|whole) (?:story|article)|full (?:story|article))"
    r"|continue reading|full (?:story|article))\s*[.…»›→>]*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_AGO = re.compile(
    r"(?:(?:posted|published|updated):? )?(?:an?|\d{1,2}) ?(?:[mhd]|min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?) ago",
    re.IGNORECASE,
)
_BY = re.compile(r"(?:words |reporting |written )?by\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?[ap]\.?m\b", re.IGNORECASE)
_PARTS = re.compile(r" ?[|·•] ?| [–—-] ")
# Between the articles that Factiva ("Document NYTF000020230912ej9c0001p"), Nexis and ProQuest write into one file.
_EXPORTED = re.compile(
    r"Document (?:[A-Z]{2,8}\w{16,26}|\d{1,5} of \d{1,5})|End of Document|\d{1,5} of \d{1,5} DOCUMENTS?"
)


@dataclass(frozen=True)
class _Stamp:
    """What a line says that says nothing but by whom or when a story is."""

    author: bool
    day: str | None
    ago: bool
    clock: bool


@dataclass(frozen=True)
class _Story:
    """A headline with stamps right below it, what they say, and all other lines up to the next such headline."""

    lines: tuple[str, ...]
    stamps: tuple[_Stamp, ...]

    @property
    def is_whole(self) -> bool:
        """Return whether this is a story itself, with its author and its day."""
        signed = any(stamp.author for stamp in self.stamps) and any(stamp.day for stamp in self.stamps)
        return signed and _has_article(self.lines)


def check_one_story(text: str) -> None:
    """Raise InputError where a tidied text is a list of stories, or several of them."""
    lines = [line for line in text.split("\n") if line][:MOST_LINES]
    stamps = [_stamp(line) for line in lines]
    above, stories = _headed(lines, stamps)
    if several := _exported(lines) or _whole(stories):
        raise InputError(f"holds {several} stories: save each in a file of its own")
    if listed := _announced(lines, stamps) or _teased(above, stories) or _ended(lines, stamps):
        raise InputError(f"lists {listed} stories and is none itself: save the pages of the stories")


def _exported(lines: Sequence[str]) -> int:
    marks = sum(1 for line in lines if _EXPORTED.fullmatch(line))
    return marks if marks > 1 else 0


def _whole(stories: Sequence[_Story]) -> int:
    whole = [story for story in stories if story.is_whole]
    told = len(whole) >= LEAST_WHOLE and _part_stories([stamp for story in whole for stamp in story.stamps])
    return len(whole) if told else 0


def _announced(lines: Sequence[str], stamps: Sequence[_Stamp | None]) -> int:
    """Return how many stories are told of, each with its headline, a line or two and "Read more" or its address."""
    said = [line for line, stamp in zip(lines, stamps, strict=True) if not stamp]
    for mark, most in ((_MORE, MOST_ANNOUNCED_WORDS), (_ADDRESS, MOST_TEASER_WORDS)):
        if count := _short(_between(said, [bool(mark.fullmatch(line)) for line in said]), most):
            return count
    return 0


def _teased(above: Sequence[str], stories: Sequence[_Story]) -> int:
    """Return how many stories are told of, each with a stamp below its headline and a sentence below that."""
    short = sum(_words(story.lines) <= MOST_TEASER_WORDS for story in stories)
    listed = short >= max(LEAST_STORIES, LEAST_OF_ALL * len(stories))
    listed = listed and not any(map(_has_article, [above, *(story.lines for story in stories)]))
    told = listed and _part_stories([stamp for story in stories for stamp in story.stamps])
    return len(stories) if told else 0


def _ended(lines: Sequence[str], stamps: Sequence[_Stamp | None]) -> int:
    """Return how many stories are told of, each with its headline, a sentence and a stamp below both."""
    stretches = _between(lines, [stamp is not None for stamp in stamps])
    # Prose behind the last stamp: they stand above what they tell of, as in a live blog.
    if any(line.endswith((".", "”", '"')) and not is_furniture(line) for line in stretches[-1]):
        return 0
    return _short(stretches, MOST_TEASER_WORDS) if _part_stories([stamp for stamp in stamps if stamp]) else 0


def _between(lines: Sequence[str], marks: Sequence[bool]) -> list[list[str]]:
    """Return the stretches of lines that marked ones part."""
    stretches: list[list[str]] = [[]]
    for line, mark in zip(lines, marks, strict=True):
        if mark:
            stretches.append([])
        else:
            stretches[-1].append(line)
    return stretches


def _short(stretches: Sequence[Sequence[str]], most: int) -> int:
    """Return how many stretches are a headline and some words; 0 where too few are short, or one is an article."""
    # Above the first headline there may be the page's own.
    stories = [
        stretch
        for at, stretch in enumerate(stretches)
        if len(stretch) > 1 and any(map(_is_headline, stretch[: 1 if at else -1]))
    ]
    short = sum(_words(story) <= most for story in stories)
    listed = short >= max(LEAST_STORIES, LEAST_OF_ALL * sum(map(bool, stretches)))
    return len(stories) if listed and not any(map(_has_article, stretches)) else 0


def _headed(lines: Sequence[str], stamps: Sequence[_Stamp | None]) -> tuple[Sequence[str], list[_Story]]:
    """Return what stands above the first headline with a stamp right below it, and what such headlines head."""
    starts = [
        at
        for at, line in enumerate(lines[:-1])
        if stamps[at] is None and stamps[at + 1] is not None and _is_headline(line)
    ]
    stories: list[_Story] = []
    for at, end in pairwise([*starts, len(lines)]):
        said = tuple(line for line, stamp in zip(lines[at:end], stamps[at:end], strict=True) if stamp is None)
        below = next((place for place in range(at + 1, end) if stamps[place] is None), end)
        stories.append(_Story(said, tuple(stamp for stamp in stamps[at + 1 : below] if stamp)))
    return lines[: starts[0]] if starts else lines, stories


def _part_stories(stamps: Sequence[_Stamp]) -> bool:
    """Say whether these stamps tell stories apart, and not the entries of a live blog or of a chronology."""
    days = [stamp.day for stamp in stamps if stamp.day]
    if any(stamp.clock for stamp in stamps) and len(set(days)) < 2:
        return False
    return any(stamp.author or stamp.ago for stamp in stamps) or days != sorted(days) or len(set(days)) == 1


def _stamp(line: str) -> _Stamp | None:
    if len(line.split()) > MOST_STAMP_WORDS or line.endswith((".", "!", "?")):
        return None
    author = ago = False
    day: str | None = None
    for part in _PARTS.split(line):
        said = said_at_the_top(part, {}) if _BY.match(part) or _YEAR.search(part) else {}
        author, day, ago = author or "author" in said, day or said.get("published"), ago or bool(_AGO.fullmatch(part))
        if not said and not _AGO.fullmatch(part) and len(part.split()) > MOST_BESIDE_WORDS:
            return None
    return _Stamp(author, day, ago, bool(_CLOCK.search(line))) if author or day or ago else None


def _is_headline(line: str) -> bool:
    words = len(line.split())
    return LEAST_HEADLINE_WORDS <= words <= MOST_HEADLINE_WORDS and not line.endswith((".", ",", ";", ":"))


def _has_article(lines: Sequence[str]) -> bool:
    prose = [line for line in lines if len(line.split()) >= LEAST_LINE_WORDS and not is_furniture(line)]
    return _words(prose) >= ARTICLE_WORDS


def _words(lines: Sequence[str]) -> int:
    return sum(len(line.split()) for line in lines)
