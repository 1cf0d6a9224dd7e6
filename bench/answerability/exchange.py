"""One thing in a question exchanged for another: a name, a number, a word for its opposite, or a denial."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass

NAME = re.compile(r"\b[A-Z][\w'’-]+(?: (?:of |the |and )?[A-Z][\w'’-]+)*")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_UNITS = "million|billion|percent|per cent|years|days|people|miles|km|metres"
_COUNTS = "two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|hundred|thousand"
NUMBER = re.compile(rf"\b(?:(?:{_MONTHS}) )?\d[\d,.]*(?: (?:{_UNITS}))?\b|\b(?:{_COUNTS})\b")
_DIGITS = re.compile(r"\d[\d,.]*\d|\d")
_VERB = re.compile(r"\b(?:is|are|was|were|did|does|do|has|had|will|can|could|would)\b(?!n['’]t)")
_WORD = re.compile(r"\b[a-z]+\b")
_PAIRS = """
first/last more/less most/least before/after largest/smallest highest/lowest north/south east/west northern/southern
eastern/western increase/decrease increased/decreased early/late old/new male/female men/women win/lose won/lost
begin/end began/ended start/stop major/minor large/small high/low good/bad positive/negative common/rare above/below
inside/outside allowed/prevented allow/prevent support/oppose supported/opposed accepted/rejected built/destroyed
created/destroyed older/younger earliest/latest public/private rich/poor open/closed internal/external same/different
maximum/minimum best/worst longer/shorter longest/shortest oldest/youngest gain/lose bought/sold buy/sell strong/weak
always/never all/none upper/lower arrive/leave arrived/left cause/prevent caused/prevented found/lost help/hinder
easy/hard simple/complex legal/illegal natural/artificial ancient/modern urban/rural rise/fall rose/fell raised/lowered
cut/raised up/down import/export imported/exported imports/exports banned/permitted joined/left approved/refused
agreed/refused young/old long/short fast/slow heavy/light warm/cold hot/cold wet/dry deep/shallow broad/narrow
thick/thin near/far full/empty true/false alive/dead friend/enemy attack/defend attacked/defended guilty/innocent
hired/dismissed appointed/dismissed elected/ousted opened/closed gained/lost signed/rejected began/halted
domestic/foreign civilian/military majority/minority winter/summer day/night morning/evening father/mother
son/daughter brother/sister husband/wife king/queen left/right
"""


@dataclass(frozen=True)
class Things:
    """The names and the numbers of a text."""

    names: tuple[str, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Exchange:
    """A text in which `new` stands for `old`; both are empty where it was denied."""

    text: str
    old: str
    new: str


def things_of(text: str) -> Things:
    """Return what can be put in the place of something else."""
    names = {match[0] for match in NAME.finditer(text) if len(match[0]) > 3}
    return Things(tuple(sorted(names)), tuple(sorted({match[0] for match in NUMBER.finditer(text)})))


def exchange(text: str, things: Things, answer: str, chance: random.Random) -> Exchange | None:
    """Exchange one thing at random, never for the answer; None where there is nothing to exchange."""
    found: list[Exchange] = []

    def put(match: re.Match[str], new: str) -> None:
        found.append(Exchange(text[: match.start()] + new + text[match.end() :], match[0], new))

    names = [name for name in things.names if name not in text and name != answer]
    numbers = [number for number in things.numbers if number not in text and number != answer]
    for match in NAME.finditer(text):
        others = [name for name in names if match[0] not in name]
        if match.start() and others:
            put(match, chance.choice(others))
    for match in NUMBER.finditer(text):
        others = [*numbers[:3], *_near(match[0], chance)]
        if others:
            put(match, chance.choice(others))
    for match in _WORD.finditer(text):
        if match[0] in _OPPOSITES:
            put(match, chance.choice(_OPPOSITES[match[0]]))
    verb = _VERB.search(text)
    if verb:
        found.append(Exchange(f"{text[: verb.end()]} not{text[verb.end() :]}", "", ""))
    return chance.choice(found) if found else None


def _near(number: str, chance: random.Random) -> list[str]:
    """Return a number that is a little more or less, written alike."""
    digits = _DIGITS.search(number)
    if digits is None or len(digits[0]) > 5 or not digits[0].isdigit():
        return []
    value = int(digits[0]) + chance.choice((-20, -10, -3, -2, -1, 1, 2, 3, 10, 20))
    return [number.replace(digits[0], str(value))] if value > 0 else []


def _opposites() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for pair in _PAIRS.split():
        one, other = pair.split("/")
        found[one].append(other)
        found[other].append(one)
    return found


_OPPOSITES = _opposites()
