"""Which headlines say what a passage is about, decided by the corpus.

A headline in front of a passage helps where it tells something ("Kim Jong Un meets Vladimir Putin") and
hurts where it does not ("Press Briefing by the Press Secretary, 5/12/2016").
"""

from __future__ import annotations

import re
import sqlite3

# So many different headlines that differ only in dates and numbers are a series, not headlines.
SERIES = 3

_CHANGING = re.compile(
    r"\d+(?:st|nd|rd|th)?"
    r"|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\W+",
    re.IGNORECASE,
)


def shape(title: str) -> str | None:
    """Return what the titles of a series have in common; None for a title without numbers, which is of none."""
    if not any(character.isdigit() for character in title):
        return None
    return _CHANGING.sub(" ", title).casefold().strip()


def series_shapes(connection: sqlite3.Connection) -> set[str]:
    """Return the shape of each series: at least SERIES titles that differ only in dates and numbers."""
    connection.create_function("shape", 1, shape, deterministic=True)
    query = (
        "SELECT shape(title) FROM (SELECT DISTINCT title FROM articles)"
        " GROUP BY 1 HAVING shape(title) NOT NULL AND count(*) >= ?"
    )
    return {found for (found,) in connection.execute(query, (SERIES,))}
