"""The time that a question names by the day it is asked on, as in "which state was flooded this week?".

What was published in that time is what was news then: "time-based language models" do the same by a prior on the
day (Li and Croft, CIKM 2003, https://doi.org/10.1145/956863.956951). Here it is a bounded share of the score.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.dates import day_number
from index.lexical import RowFilter

# How many days back each wording reaches, the day of asking included. A report of last week may be of this one.
_REACH = {
    1: r"today|tonight|this (?:morning|afternoon|evening)",
    2: r"yesterday|last night",
    7: r"(?:this|the past|in the last) week",
    8: r"(?:this|last|the|over the) weekend",
    14: r"last week",
    31: r"(?:this|the past) month|recent(?:ly)?|lately|(?<!at the )latest|(?:in the )?past few weeks",
    62: r"last month",
    366: r"(?:this|the past) year",
    731: r"last year(?! of\b)",
}
_WORDS = re.compile("|".join(rf"\b(?P<d{days}>{words})\b" for days, words in _REACH.items()), re.IGNORECASE)


@dataclass(frozen=True)
class Period:
    """Days, both inclusive, and the words of the question that name them."""

    words: str
    since: date
    until: date

    def __str__(self) -> str:
        """Return the days as a person writes them."""
        days = (self.since,) if self.since == self.until else (self.since, self.until)
        return " to ".join(f"{day.day} {day:%B} {day.year}" for day in days)


def period_of(question: str, asked_on: date) -> Period | None:
    """Return the shortest time that a question names by words that count from the day it is asked on."""
    found = min(_WORDS.finditer(question), key=_reach, default=None)
    if found is None:
        return None
    try:
        since = asked_on - timedelta(days=_reach(found) - 1)
    except OverflowError:  # in the first years that a date can tell
        since = date.min
    return Period(found[0], since, asked_on)


def today() -> date:
    """Return the day of the person who asks, by the clock of this machine."""
    return date.today()


def within(rows: RowFilter, period: Period) -> RowFilter:
    """Return a filter that only those rows of another pass that are of a period."""
    since, until = day_number(period.since), day_number(period.until)
    return replace(
        rows,
        since=since if rows.since is None else max(rows.since, since),
        until=until if rows.until is None else min(rows.until, until),
    )


def _reach(found: re.Match[str]) -> int:
    return int(str(found.lastgroup)[1:])
