"""Which headlines say what a passage is about, decided by the corpus.

A headline in front of a passage helps where it tells something ("Kim Jong Un meets Vladimir Putin") and
hurts where it does not ("Press Briefing by the Press Secretary, 5/12/2016").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

# So many different headlines that differ only in dates and numbers are a series, not headlines.
SERIES = 3

_CHANGING = re.compile(
    r"\d+(?:st|nd|rd|th)?"
    r"|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\W+",
    re.IGNORECASE,
)


def series_titles(titles: Iterable[str]) -> set[str]:
    """Return the titles that belong to a series: at least SERIES that differ only in dates and numbers."""
    shapes: defaultdict[str, set[str]] = defaultdict(set)
    for title in titles:
        if any(character.isdigit() for character in title):
            shapes[_CHANGING.sub(" ", title).casefold().strip()].add(title)
    return {title for alike in shapes.values() if len(alike) >= SERIES for title in alike}
