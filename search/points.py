"""Sentences of several articles that say the same, and those that say it with another number.

Two sentences tell the same point where one holds most of the other's words, by rarity. Numbers are compared where
both count the same thing ("19,000 people", "28,000 people"): with the same numbers one backs the other, with
different ones they disagree, and nothing is averaged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.lexical import Lexical

SAME = 0.6  # share of the smaller sentence's words, by rarity, that make it the same point
TOPIC = 0.35  # share that makes its numbers worth comparing
COUNTED = 3  # words behind a number among which stands what it counts

_SCALES = {"thousand": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12}
_NUMBER = re.compile(
    r"(?<![\w.,:-])(?P<sign>[$€£])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[ -]?(?P<scale>thousand|million|billion|trillion|bn|m)\b)?(?P<percent> ?%| per ?cent)?(?![\w:-])",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH = re.compile(r"\s*(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b")


@dataclass(frozen=True)
class Figure:
    """A number in a sentence: as it is written, its value, and the words behind it, the first of which it counts."""

    written: str
    value: float
    start: int
    end: int
    counts: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """Two figures for one thing, in two sentences."""

    one: Figure
    other: Figure


def says_the_same(one: str, other: str, lexical: Lexical) -> bool:
    """Return whether two sentences make one point, with no figure in which they differ."""
    return _shared(one, other, lexical) >= SAME and not _differing(one, other, lexical)


def difference(one: str, other: str, lexical: Lexical) -> Difference | None:
    """Return the figure in which two sentences on one thing disagree, or None."""
    if _shared(one, other, lexical) < TOPIC:
        return None
    return next(iter(_differing(one, other, lexical)), None)


def figures(sentence: str, lexical: Lexical) -> list[Figure]:
    """Return the numbers of a sentence that count something; years and days of the month are dates, not counts."""
    found: list[Figure] = []
    for match in _NUMBER.finditer(sentence):
        if not (match["scale"] or match["sign"] or match["percent"]) and _is_date(sentence, match):
            continue
        behind = lexical.question_terms(" ".join(sentence[match.end() :].split()[:COUNTED]))
        marks = [mark for mark in (match["sign"], "%" if match["percent"] else None) if mark]
        value = float(match["digits"].replace(",", "")) * _SCALES.get((match["scale"] or "").lower(), 1.0)
        counts = tuple(marks or behind)
        if counts:
            found.append(Figure(match[0].strip(), value, match.start(), match.end(), counts))
    return found


def _is_date(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[: match.start()].split()[-1:]
    return bool(
        _YEAR.fullmatch(match["digits"])
        or _MONTH.match(sentence, match.end())
        or (before and _MONTH.fullmatch(before[0].rstrip(".")))
    )


def _differing(one: str, other: str, lexical: Lexical) -> Sequence[Difference]:
    ours, theirs = figures(one, lexical), figures(other, lexical)
    return [
        Difference(mine, yours)
        for mine in ours
        for yours in theirs
        if (mine.counts[0] in yours.counts or yours.counts[0] in mine.counts)
        and mine.value not in {each.value for each in theirs}
        and yours.value not in {each.value for each in ours}
    ]


def _shared(one: str, other: str, lexical: Lexical) -> float:
    ours, theirs = _words(one, lexical), _words(other, lexical)
    rarity = lexical.rarity(ours | theirs)
    smaller = min(sum(rarity[term] for term in ours), sum(rarity[term] for term in theirs))
    return sum(rarity[term] for term in ours & theirs) / smaller if smaller else 0.0


def _words(sentence: str, lexical: Lexical) -> set[str]:
    return {term for term in lexical.question_terms(sentence) if not any(letter.isdigit() for letter in term)}
