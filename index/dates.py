"""Dates as articles write them, to ISO 8601 days. What is not clearly a day stays unknown."""

from __future__ import annotations

import re
from datetime import date, datetime

MOST_DATE_CHARACTERS = 60

_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}\b")
_YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})\b")
_WEEK = re.compile(r"\d{4}-?W\d")


def iso_day(value: object) -> str | None:
    """Return `value` as "YYYY-MM-DD", or None where no single day is meant.

    A year or month alone names no day, and neither does 5/6/2023, which is May in one country and June in
    another.
    """
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return None
    text = " ".join(value.split())
    if not text or len(text) > MOST_DATE_CHARACTERS:
        return None
    if _WEEK.match(text):
        return None
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return _spoken_day(text)


def day_number(day: date) -> int:
    """Return a day as filters and the lexical index hold it: 20230913."""
    return day.year * 10000 + day.month * 100 + day.day


def _spoken_day(text: str) -> str | None:
    year_first = _YEAR_FIRST.match(text)
    if year_first:
        try:
            return date(*(int(part) for part in year_first.groups())).isoformat()
        except ValueError:
            return None
    numeric = _NUMERIC.match(text)
    if numeric and numeric[1] != numeric[2] and int(numeric[1]) <= 12 and int(numeric[2]) <= 12:
        return None
    import dateparser  # loads language data, which reading a question has no use for

    settings = {
        "REQUIRE_PARTS": ["day", "month", "year"],
        "STRICT_PARSING": True,
        "PARSERS": ["absolute-time"],
    }
    parsed = dateparser.parse(text, languages=["en"], settings=settings)
    return parsed.date().isoformat() if parsed else None
