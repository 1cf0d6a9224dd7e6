"""Sentences of several articles that say the same, and those that say it with another number, day or name.

Two sentences tell the same point where one holds most of the other's words, by rarity. Numbers are compared where
both count the same thing ("19,000 people", "28,000 people"): with the same numbers one backs the other, with
different ones they disagree, and nothing is averaged. A day or a name differs where each sentence has one that the
other has not, and the rest of them is nearly the same; a name also stands between the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.lexical import Lexical
from index.names import Names
from search.naming import same_name
from search.when import NamedDay, without_days, written_days

SAME = 0.6  # share of the smaller sentence's words, by rarity, that make it the same point
REST = 0.75  # share of the larger rest, by rarity, that makes a day or a name worth comparing
TOPIC = 0.35  # share that makes its numbers worth comparing
COUNTED = 3  # words behind a number among which stands what it counts
NEAR = 5  # words on each side of a number among which stands what becomes of what it counts

_SCALES = {"thousand": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12}
_MONTHS = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_NUMBER = re.compile(
    r"(?<![\w.,:-])(?P<sign>[$€£])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[ -]?(?P<scale>thousand|million|billion|trillion|bn|m)\b)?(?P<percent> ?%| per ?cent)?(?![\w:-]|,\d)",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)+")
_WORD = re.compile(r"\w+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NAMED_YEAR = re.compile(rf"(?<![\w.,]){_YEAR.pattern}(?!\w|,\d)")
_MONTH = re.compile(rf"\s*{_MONTHS}\b")
# "2000 people died", and not "in 2000 people died".
_COUNTED_THOUSANDS = re.compile(r" (?!and\b|when\b|but\b|after\b|before\b|that\b|the\b|to\b|was\b|were\b)[a-z]{3,}")
_BEFORE_A_YEAR = re.compile(
    rf"(?:\b(?:in|since|of|by|until|from|during|to|early|late|mid|the|a|and|after|before)|\b{_MONTHS}\.?|,|\d) ?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Figure:
    """A number in a sentence: as it is written, its value, and the words behind it, the first of which it counts.

    mark: "%" or a currency sign, else "". about: what stands before a marked number, which says what it measures.
    near: the words on both sides, which say what became of what it counts.
    """

    written: str
    value: float
    start: int
    end: int
    counts: tuple[str, ...]
    mark: str
    about: str
    near: frozenset[str]


@dataclass(frozen=True)
class Difference:
    """Two figures for one thing, in two sentences."""

    one: Figure
    other: Figure


def says_the_same(one: str, other: str, lexical: Lexical) -> bool:
    """Return whether two sentences make one point, with no figure in which they differ."""
    return _shared(one, other, lexical) >= SAME and not _differing(one, other, lexical)


def on_one_thing(one: str, other: str, lexical: Lexical) -> bool:
    """Return whether two sentences share enough for what they tell of it to be worth comparing."""
    return _shared(one, other, lexical) >= TOPIC


def difference(one: str, other: str, lexical: Lexical) -> Difference | None:
    """Return the figure in which two sentences on one thing disagree, or None."""
    if not on_one_thing(one, other, lexical) or _of_other_years(one, other):
        return None
    return next(iter(_differing(one, other, lexical)), None)


def other_day(
    one: str, other: str, published: tuple[str | None, str | None], lexical: Lexical
) -> tuple[NamedDay, NamedDay] | None:
    """Return the days in which two sentences on one thing disagree, or None. published: the days of their articles."""
    ours, theirs = written_days(one, published[0]), written_days(other, published[1])
    if len(ours) != 1 or len(theirs) != 1 or ours[0].precision != theirs[0].precision:
        return None
    if ours[0].first <= theirs[0].last and theirs[0].first <= ours[0].last:
        return None
    return (ours[0], theirs[0]) if _shared(without_days(one), without_days(other), lexical, max) >= REST else None


def other_name(one: str, other: str, lexical: Lexical, names: Names) -> tuple[str, str] | None:
    """Return the names of two words or more in which two sentences on one thing disagree, or None."""
    ours, theirs = _names_between(one), _names_between(other)
    pairs = [(ours[place], theirs[place]) for place in ours.keys() & theirs.keys()]
    differing = [pair for pair in pairs if not same_name(*pair, names)]
    if len(differing) != 1:
        return None
    mine, yours = differing[0]
    if mine in other or yours in one:
        return None
    rest = one.replace(mine, " "), other.replace(yours, " ")
    return (mine, yours) if _shared(*rest, lexical, max) >= REST else None


def _names_between(sentence: str) -> dict[tuple[str, str], str]:
    """Return names of two words or more by the words around them, "" for the sentence's own ends."""
    found: dict[tuple[str, str], str] = {}
    for match in _NAME.finditer(sentence):
        before = _WORD.findall(sentence[: match.start()])
        behind = _WORD.findall(sentence[match.end() :])
        found[(before[-1] if before else "").casefold(), (behind[0] if behind else "").casefold()] = match[0]
    return found


def figures(sentence: str, lexical: Lexical) -> list[Figure]:
    """Return the numbers of a sentence that count something; years and days of the month are dates, not counts."""
    found: list[Figure] = []
    for match in _NUMBER.finditer(sentence):
        if not (match["scale"] or match["sign"] or match["percent"]) and _is_date(sentence, match):
            continue
        behind = lexical.question_terms(" ".join(sentence[match.end() :].split()[:COUNTED]))
        mark = match["sign"] or ("%" if match["percent"] else "")
        if match["scale"] in ("m", "M") and not match["sign"]:
            continue  # metres, more often than millions
        value = float(match["digits"].replace(",", "")) * _SCALES.get((match["scale"] or "").lower(), 1.0)
        if behind or mark:
            before = sentence[: match.start()]
            around = [*before.split()[-NEAR:], *sentence[match.end() :].split()[:NEAR]]
            near = frozenset(_words(" ".join(around), lexical))
            found.append(Figure(match[0].strip(), value, match.start(), match.end(), tuple(behind), mark, before, near))
    return found


def _is_date(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[: match.start()]
    if _YEAR.fullmatch(match["digits"]):
        return bool(_BEFORE_A_YEAR.search(before)) or not _COUNTED_THOUSANDS.match(sentence, match.end())
    last = before.split()[-1:]
    return bool(_MONTH.match(sentence, match.end()) or (last and _MONTH.fullmatch(last[0].rstrip("."))))


def _of_other_years(one: str, other: str) -> bool:
    ours, theirs = ({match[0] for match in _NAMED_YEAR.finditer(text)} for text in (one, other))
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def _differing(one: str, other: str, lexical: Lexical) -> Sequence[Difference]:
    ours, theirs = figures(one, lexical), figures(other, lexical)
    return [
        Difference(mine, yours)
        for mine in ours
        for yours in theirs
        if _same_thing(mine, yours, lexical)
        and mine.value not in {each.value for each in theirs}
        and yours.value not in {each.value for each in ours}
    ]


def _same_thing(one: Figure, other: Figure, lexical: Lexical) -> bool:
    if one.mark != other.mark:
        return False
    if one.mark and _shared(one.about, other.about, lexical) < SAME:
        return False
    if not one.counts or not other.counts:
        return bool(one.mark)
    if not one.mark and len(one.near & other.near) < 2:
        return False  # "46 people died", "99 people were arrested"
    return one.counts[0] in other.counts or other.counts[0] in one.counts


def _shared(one: str, other: str, lexical: Lexical, of: Callable[[float, float], float] = min) -> float:
    """Return the share of the smaller sentence's words, by rarity, that the other has, or of the larger one's."""
    ours, theirs = _words(one, lexical), _words(other, lexical)
    rarity = lexical.rarity(ours | theirs)
    whole = of(sum(rarity[term] for term in ours), sum(rarity[term] for term in theirs))
    return sum(rarity[term] for term in ours & theirs) / whole if whole else 0.0


def _words(sentence: str, lexical: Lexical) -> set[str]:
    return {term for term in lexical.question_terms(sentence) if not any(letter.isdigit() for letter in term)}
