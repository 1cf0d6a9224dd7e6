"""The day that a sentence tells of: the one that it names ("on 19 September", "last week"), else its article's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, islice
from typing import Literal

MOST_CHARACTERS = 2_000  # of a sentence are read for days; a longer one is a table or a list
MOST_BEFORE = 10  # sentences in front of one are read for the day that it counts from

Precision = Literal["day", "week", "month", "year"]


@dataclass(frozen=True)
class EventDate:
    """When something happened: from `first` to `last`, ISO days, both inclusive and equal for a single day.

    from_text: the sentence says when; otherwise this is the day on which its article was published.
    """

    first: str
    last: str
    precision: Precision
    from_text: bool


def event_date(sentence: str, published: str | None, before: Iterable[str] = ()) -> EventDate | None:
    """Return when what a sentence tells happened, or None where neither it nor its article says.

    published: the article's ISO day; "on Monday" and "in July" are the last ones up to it, or the next ones where
    the sentence speaks of the future. Of several days the first counts that is not in the future, and of that a
    narrower one inside it ("this year, in May"). "before the attack of 7 October" is background, not the event.
    before: the sentences in front of it, the nearest first; "two days later" counts from the day that these name.
    """
    anchor = date.fromisoformat(published) if published else None
    named = _named(sentence, anchor)
    # "Protests began the next day in the town where police had shot strikers ten years ago" tells of the next day.
    if named is None or named.precision != "day":
        named = _days_later(sentence, before, anchor) or named
    if named is None and anchor:
        return EventDate(anchor.isoformat(), anchor.isoformat(), "day", False)
    return named


@dataclass(frozen=True)
class NamedDay:
    """A day, month or year as a sentence writes it, and the days that it stands for, both inclusive."""

    written: str
    first: date
    last: date
    precision: Precision


def written_days(sentence: str, published: str | None) -> list[NamedDay]:
    """Return the days, months and years that a sentence writes with figures, such as "12 September", in order."""
    anchor = date.fromisoformat(published) if published else None
    return [
        NamedDay(_bare(sentence[each.start : each.end]), each.first, each.last, each.precision)
        for each in _mentions(sentence, anchor)
        if any(letter.isdigit() for letter in sentence[each.start : each.end])
    ]


def _bare(written: str) -> str:
    """Return a day without the word that leads it and the mark behind it."""
    return re.sub(r"\A(?:on|in|since|by|of|from|during|until)\s+", "", written.strip(" ,.;:"), flags=re.IGNORECASE)


def without_days(text: str) -> str:
    """Return a sentence with its days blanked: "on Monday" and "on 25 September" may be the same one."""
    for match in reversed(_matches(text)):
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return text


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COUNTS = ("a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_WEEKDAY_NAME = "(?:" + "|".join(_WEEKDAYS) + ")"
_FULL_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"(?!\s+(?:Day|Madness)\b)"
)
_ANY_MONTH = rf"(?:{_FULL_MONTH}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b)\.?"
_COUNT = f"(?:[0-9]{{1,3}}|an|{'|'.join(_COUNTS)})"
# "In March 12 soldiers died" counts soldiers; a number with a unit behind it is no day and no year.
_NOT_COUNTED = (
    r"(?![0-9]|[.,:][0-9]|s\b|[%–-]\w|\s*(?:%|per\s?cent|km|kilomet|met(?:er|re)|miles?|feet|tons?|tonnes?|barrels?)\b"
    r"|\s+(?:\w+\s+)?(?:people|persons|men|women|children|civilians|soldiers|troops|fighters|officers|members|migrants"
    r"|refugees|workers|homes|houses|dollars|euros|pounds|roubles|times|others|days|hours|years|deaths|cases)\b)"
)
_BEFORE = r"(?<![\w.,$€£#/–-])"
_YEAR = rf"(?:1[0-9]{{3}}|20[0-9]{{2}}){_NOT_COUNTED}"
_WITH_YEAR = rf",?\s+(?:of\s+)?(?:(?P<year>{_YEAR})|(?P<which>last|this|next|that|the\s+same)\s+year\b)"
_OF_YEAR = rf"(?:{_WITH_YEAR})?"
_SPAN = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?:\s*(?:[-–]|and|to)\s*(?P<to>[0-9]{1,2})(?:st|nd|rd|th)?)?"
_RANGE_END = re.compile(
    rf"\s*(?:to|and|until|through|[-–])\s*(?:[0-9]{{1,2}}\s+)?(?P<month>{_ANY_MONTH})\s+(?:[0-9]{{1,2}},?\s+)?(?P<year>{_YEAR})"
)
_PLAIN_MONTH = "(?:January|February|July|September|October|November|December)"
# Months that are also verbs, names or events count only behind a word that makes them months.
_LED = (
    r"(?:\b(?:[Ii]n|[Ll]ast|[Tt]his|[Nn]ext|[Ss]ince|[Uu]ntil|[Dd]uring|[Bb]y|[Ff]rom|[Tt]hrough|[Ee]arly|[Ll]ate"
    r"|(?:end|start|beginning|middle|month)\s+of)\s+|\b[Mm]id[-\s])"
)
# A bare year is one behind such a word: "since 2019", "the accords of 2020", and not "route 2020".
_YEAR_LEAD = (
    r"\b(?:[Ii]n|[Oo]f|[Dd]uring|[Ss]ince|[Uu]ntil|[Tt]ill|[Bb]y|[Bb]efore|[Aa]fter|[Ff]rom|[Tt]han|[Ee]arly|[Ll]ate"
    r"|year)\s+(?:early\s+|late\s+|mid-?)?|\b[Mm]id-"
)

_FUTURE = re.compile(
    r"(?<!\bhis )(?<!\bher )(?<!\btheir )(?<!\bits )(?<!\bthe )(?<!\bpolitical )\bwill\b"
    r"|\bshall\b|\bwon['’]t\b|['’]ll\b"
    r"|\bwould(?!\s+(?:have|often|never|rather)\b)"
    r"|\b(?:is|are|be|been)\s+(?:to|due|set|expected|scheduled|planned|going)\b|\bdue\s+(?:to|in|on)\b"
    # "Poland votes on 15 October"
    r"|(?<!\bthe )\b(?:votes|meets|opens|begins|starts|expires|ends|takes\s+(?:effect|office|place)"
    r"|(?:comes|goes)\s+into\s+(?:force|effect))\s+(?:on|in)\b"
    r"|\b(?:plans?|hopes?|aims?|intends?)\s+to\b|\b[Tt]omorrow\b"
    r"|\b[Nn]ext\s+(?:week|month|year|" + "|".join((_WEEKDAY_NAME, _FULL_MONTH)) + r")\b"
)
_REPORTED = re.compile(
    r"\b(?:sa(?:id|ys)|told|announced|warned|promised|agreed|ordered|ruled|voted|decided|declared|wrote|pledged|signed"
    r"|vowed|insisted|confirmed|added|argued|claimed|explained|reported|met|that)\b"
)
# "before the attack of 7 October", "since independence in 1960", "as they were in 1991", "the treaty of 1965"; but not
# "before dawn on Monday".
_BACK_OF_ANY = re.compile(
    r"\b(?:before|until|till|than|as\s+(?:it|they)\s+(?:was|were|did|had))\s+(?P<words>(?:[\w'’-]+\s+){0,6})$",
    re.IGNORECASE,
)
_BACK_OF_LONG = re.compile(r"\b(?:since|after|from|by)\s+(?:[\w'’-]+\s+){0,6}$", re.IGNORECASE)
# "who won the prize in 2019", "the block, finished in 2019, fell"
_ASIDE = re.compile(r",\s+(?:(?:who|whose|which|where|when)\b[^,;]*|\w+\s+)$")
# "The treaty that was signed in 1987 expired on Friday", "the block finished in May fell": what stands between a thing
# and its verb tells which thing it is. "Doubled in 2022 compared with 2021" has its only verb in front.
_PARTICIPLE = r"(?:[a-z]+ed|born|built|begun|held|lost|made|sent|shot|taken|won|written)"
_OF_A_THING = re.compile(
    rf"\b(?:(?:who|which|whose|where)\s+\w|that\s+(?:was|were|had|has|{_PARTICIPLE})\b)[^,;:]*$|\b{_PARTICIPLE}\s+$"
)
_VERB_BEHIND = re.compile(
    r"\s+(?:[a-z]+ly\s+|now\s+)?(?!(?:compared|based|followed|caused|led)\b)(?:is|are|was|were|has|have|had|will|would"
    r"|[a-z]+ed|became|began|came|fell|gave|left|made|met|said|says|took|went|won)\b"
)
_CLOCK = re.compile(r"[0-9]|\b(?:half|past|quarter|noon|midday|midnight|dawn|dusk|sunrise|sunset|o['’]clock)\b")
_PART_OF_YEAR = re.compile(
    r"\b(?:spring|summer|autumn|fall|winter|end|start|beginning|middle|half|quarter|months?)\s+$"
)
_CLAUSE = re.compile(r"[,;:]|\b(?:because|since|after|when|while|who|which|although|but)\b")
_DAYS_LATER = re.compile(
    rf"\b(?:the\s+(?:following|next)\s+(?:day|morning|afternoon|evening|night)|(?P<count>{_COUNT})\s+days?\s+later)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Mention:
    start: int
    end: int
    first: date
    last: date
    precision: Precision


@dataclass(frozen=True)
class _Anchor:
    """Where a bare day or month is read from, and whether the next one is meant or the last."""

    day: date
    ahead: bool


_Range = tuple[date, date, Precision]


def _named(sentence: str, anchor: date | None) -> EventDate | None:
    """Return the day that a sentence names for what it tells."""
    foreseen = bool(_FUTURE.search(sentence, 0, MOST_CHARACTERS))
    found = [
        mention
        for mention in _mentions(sentence, anchor)
        if (foreseen or anchor is None or mention.first <= anchor) and not _is_background(sentence, mention)
    ]
    if not found:
        return None
    chosen = found[0]
    for mention in found[1:]:
        if chosen.first <= mention.first and mention.last <= chosen.last:
            chosen = mention
    return EventDate(chosen.first.isoformat(), chosen.last.isoformat(), chosen.precision, True)


def _days_later(sentence: str, before: Iterable[str], anchor: date | None) -> EventDate | None:
    """Return the day that "two days later" is, counted from the nearest day before it through others such."""
    days = 0
    for told in chain([sentence], islice(before, MOST_BEFORE)):
        there = _named(told, anchor) if days else None
        if there:
            return _moved(there, days)
        later = _DAYS_LATER.search(told, 0, MOST_CHARACTERS)
        if later is None:
            return None
        days += _count(later["count"] or "one")
    return None


def _moved(event: EventDate, days: int) -> EventDate | None:
    last = date.fromisoformat(event.last)
    if event.precision != "day" or date.max - last < timedelta(days):
        return None
    moved = (last + timedelta(days)).isoformat()
    return EventDate(moved, moved, "day", True)


def _mentions(sentence: str, published: date | None) -> Iterator[_Mention]:
    """Yield the days, weeks, months and years that a sentence names, in their order."""
    for match in _matches(sentence):
        anchor = _Anchor(published, _points_ahead(sentence, match)) if published else None
        try:
            found = _READERS[match.re](match, anchor)
        except (ValueError, OverflowError):  # 31 June, or a day outside the calendar
            continue
        if found:
            yield _Mention(match.start(), match.end(), *found)


def _matches(sentence: str) -> list[re.Match[str]]:
    """Return what looks like a day, in order; where two readings overlap, the fuller one, which comes first."""
    chosen: list[re.Match[str]] = []
    for pattern in _READERS:
        for match in pattern.finditer(sentence, 0, MOST_CHARACTERS):
            if all(match.end() <= other.start() or other.end() <= match.start() for other in chosen):
                chosen.append(match)
    return sorted(chosen, key=lambda match: match.start())


def _points_ahead(sentence: str, match: re.Match[str]) -> bool:
    """Return whether "on Monday" here is the next one: "will meet on Monday", but not "said on Monday it will"."""
    if _REPORTED.search(sentence[max(0, match.start() - 25) : match.start()]):
        return False
    for cue in _FUTURE.finditer(sentence, 0, MOST_CHARACTERS):
        leads = cue.start() <= match.start()
        between = sentence[cue.end() : match.start()] if leads else sentence[match.end() : cue.start()]
        apart = _REPORTED.search(between) or (not leads and _CLAUSE.search(between))
        if not apart and len(between) <= (100 if leads else 40):
            return True
    return False


def _is_background(sentence: str, mention: _Mention) -> bool:
    """Return whether a day only says where something else stands in time."""
    before, named = sentence[max(0, mention.start - 80) : mention.start], sentence[mention.start :]
    lead = named.split(maxsplit=1)[0].casefold()  # the pattern of a month or year takes the word that leads it
    back = _BACK_OF_ANY.search(before)
    if lead in {"before", "until", "till", "than"} or (back and not _CLOCK.search(back["words"])):
        return True
    if mention.precision not in {"month", "year"}:
        return False
    if mention.precision == "year" and (_ASIDE.search(before) or (lead == "of" and not _PART_OF_YEAR.search(before))):
        return True
    if _OF_A_THING.search(before) and _VERB_BEHIND.match(sentence, mention.end):
        return True
    return lead in {"since", "after", "from", "by"} or bool(_BACK_OF_LONG.search(before))


# --- one reader for each way of naming a day


def _iso(match: re.Match[str], anchor: _Anchor | None) -> _Range:
    day = date.fromisoformat(match[0])
    return day, day, "day"


def _day_of_month(match: re.Match[str], anchor: _Anchor | None) -> _Range | None:
    month, day, last = _month_number(match["month"]), int(match["day"]), int(match["to"] or match["day"])
    year = _year_of(match, anchor)
    if year is not None:
        first = date(year, month, day)
    elif anchor is None or match["which"]:
        return None
    else:
        first = _nearest(month, day, anchor)
    return first, first.replace(day=max(last, first.day)), "day"


def _month(match: re.Match[str], anchor: _Anchor | None) -> _Range | None:
    month, year = _month_number(match["month"]), _year_of(match, anchor)
    if year is not None:
        return _whole_month(year, month)
    if anchor is None or match["which"]:
        return None
    before = match["lead"].split()[0].casefold() if match["lead"] else ""
    this = (anchor.day.year, anchor.day.month)
    if before == "next" or (anchor.ahead and before != "last"):
        ahead = (anchor.day.year, month) > this or ((anchor.day.year, month) == this and before != "next")
        return _whole_month(anchor.day.year + (not ahead), month)
    past = (anchor.day.year, month) < this or ((anchor.day.year, month) == this and before != "last")
    return _whole_month(anchor.day.year - (not past), month)


def _weekday(match: re.Match[str], anchor: _Anchor | None) -> _Range | None:
    if anchor is None:
        return None
    number = _WEEKDAYS.index(match["name"])
    which, week = (match["which"] or "").casefold(), match["week"]
    if week:
        day = _monday(anchor.day) + timedelta(7 * _STEPS[week.casefold()] + number)
    elif which == "next" or (anchor.ahead and which != "last"):
        day = anchor.day + timedelta((number - anchor.day.weekday()) % 7)
        day += timedelta(7 * (which == "next" and day == anchor.day))
    else:
        day = anchor.day - timedelta((anchor.day.weekday() - number) % 7)
        day -= timedelta(7 * (which == "last" and day == anchor.day))
    return day, day, "day"


def _spoken(match: re.Match[str], anchor: _Anchor | None) -> _Range | None:
    if anchor is None:
        return None
    words = match[0].casefold().split()
    days = {"yesterday": -1, "tomorrow": 1}.get(words[-1], 0) * (2 if len(words) > 1 else 1)
    day = anchor.day + timedelta(-1 if words[0] == "last" else days)
    return day, day, "day"


def _period(match: re.Match[str], anchor: _Anchor | None) -> _Range | None:
    if anchor is None:
        return None
    return _stepped(match["unit"], _STEPS[match["which"].casefold()], anchor.day)


def _ago(match: re.Match[str], anchor: _Anchor | None) -> _Range | None:
    if anchor is None:
        return None
    return _stepped(match["unit"], -_count(match["count"]), anchor.day)


def _bare_year(match: re.Match[str], anchor: _Anchor | None) -> _Range:
    year = int(match["year"])
    return date(year, 1, 1), date(year, 12, 31), "year"


_STEPS = {"last": -1, "this": 0, "next": 1}
_Reader = Callable[[re.Match[str], _Anchor | None], _Range | None]
_READERS: dict[re.Pattern[str], _Reader] = {
    re.compile(pattern): reader
    for pattern, reader in (
        (rf"{_BEFORE}[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?![\w-])", _iso),
        (
            rf"(?:{_WEEKDAY_NAME},?\s+(?:the\s+)?)?{_BEFORE}{_SPAN}(?:\s+of)?\s+(?P<month>{_ANY_MONTH})(?!\w){_OF_YEAR}",
            _day_of_month,
        ),
        # "on March 12 soldiers" names a day, "in March 12 soldiers" counts soldiers
        (rf"\b[Oo]n\s+(?P<month>{_ANY_MONTH})\s+{_SPAN}(?![0-9]|[.,][0-9]){_OF_YEAR}", _day_of_month),
        (rf"(?:{_WEEKDAY_NAME},?\s+)?\b(?P<month>{_ANY_MONTH})\s+{_SPAN}{_NOT_COUNTED}{_OF_YEAR}", _day_of_month),
        (rf"(?P<lead>{_LED})?\b(?P<month>{_ANY_MONTH})(?!\w){_WITH_YEAR}", _month),
        (rf"(?P<lead>{_LED})(?P<month>{_FULL_MONTH})\b(?!['’]s\b)(?P<year>)(?P<which>)", _month),
        (rf"(?P<lead>)\b(?P<month>{_PLAIN_MONTH})\b(?P<year>)(?P<which>)", _month),
        (
            r"(?<!\bBlack )(?<!\bBloody )(?<!\bGood )(?<!\bEaster )(?<!\bPalm )(?<!\bAsh )(?<!\bSuper )(?<!\bevery )"
            r"(?<!\beach )(?<!\ba )(?<!\bone )(?:\b(?P<which>[Ll]ast|[Tt]his|[Nn]ext)\s+)?"
            rf"\b(?P<name>{_WEEKDAY_NAME})\b(?!\s+(?:Times|Telegraph|Mail|Mirror|Express|Agreement|prayers)\b)"
            r"(?:\s+(?:of\s+)?(?P<week>last|this|next)\s+week\b)?",
            _weekday,
        ),
        (
            r"\b(?:[Dd]ay\s+before\s+yesterday|[Dd]ay\s+after\s+tomorrow|[Yy]esterday|[Tt]oday|[Tt]omorrow|[Tt]onight"
            r"|[Ll]ast\s+night|[Tt]his\s+(?:morning|afternoon|evening))\b",
            _spoken,
        ),
        (r"\b(?P<which>[Ll]ast|[Tt]his|[Nn]ext)\s+(?P<unit>week|weekend|month|year)\b(?!['’]s)", _period),
        (rf"\b(?P<count>(?i:{_COUNT}))\s+(?P<unit>day|week|month|year)s?\s+ago\b", _ago),
        (rf"(?:{_YEAR_LEAD})(?P<year>{_YEAR})(?!['’]s|[\w])", _bare_year),
    )
}


def _year_of(match: re.Match[str], anchor: _Anchor | None) -> int | None:
    """Return the year that a day or month is given; "that year" is one that only the sentences before tell."""
    if match["year"]:
        return int(match["year"])
    until = None if match["which"] else _RANGE_END.match(match.string, match.end())
    if until:  # "between 24 February and 3 March 2022"
        return int(until["year"]) - (_month_number(match["month"]) > _month_number(until["month"]))
    if anchor is None or match["which"] not in _STEPS:
        return None
    return anchor.day.year + _STEPS[match["which"]]


def _nearest(month: int, day: int, anchor: _Anchor) -> date:
    """Return the last such day up to the anchor, or the next one from it. Raises ValueError where there is none."""
    for years in range(9):  # 29 February can be eight years away
        year = anchor.day.year + (years if anchor.ahead else -years)
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= anchor.day if anchor.ahead else found <= anchor.day:
            return found
    raise ValueError(f"no year near {anchor.day.year} has a day {day} in month {month}")


def _stepped(unit: str, steps: int, day: date) -> _Range:
    if unit == "day":
        there = day + timedelta(steps)
        return there, there, "day"
    if unit == "year":
        return date(day.year + steps, 1, 1), date(day.year + steps, 12, 31), "year"
    if unit == "month":
        months = day.year * 12 + day.month - 1 + steps
        return _whole_month(months // 12, months % 12 + 1)
    monday = _monday(day) + timedelta(7 * steps)
    sunday = monday + timedelta(6)
    return sunday - timedelta(1) if unit == "weekend" else monday, sunday, "week"


def _whole_month(year: int, month: int) -> _Range:
    first = date(year, month, 1)
    return first, date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - timedelta(1), "month"


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())


def _count(word: str) -> int:
    if word[0].isdigit():
        return int(word)
    return max(1, _COUNTS.index("a" if word.casefold() == "an" else word.casefold()))
