"""What a question is narrowed to: days, sources, languages and sections, checked against what the index holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict, Unpack

from index.blocks import one_line
from index.database import Described
from index.dates import day_number
from index.lexical import RowFilter
from index.store import Store
from search.question import QuestionError

Names = str | Sequence[str] | None


class Narrowing(TypedDict, total=False):
    """Which passages are ranked; each name is one or several, compared without regard to case.

    since and until are days, both inclusive; articles whose date is unknown pass only without them. source and
    exclude_source: where an article was published. language: as the article gives it, such as "en" or "en-gb".
    section and exclude_section: the whole heading of the section that a passage stands in.
    """

    since: str | date | None
    until: str | date | None
    source: Names
    exclude_source: Names
    language: Names
    section: Names
    exclude_section: Names


@dataclass(frozen=True)
class Searched:
    """What is left to search: how many articles of how many sources, and their first and last day if known."""

    articles: int
    sources: int
    days: tuple[str, str] | None


def searched_in(store: Store, **narrowing: Unpack[Narrowing]) -> Searched:
    """Count what a question that is narrowed so is searched for in. Raises as `row_filter` does."""
    rows = row_filter(store, narrowing)
    if rows == RowFilter():
        return Searched(
            store.manifest.articles, sum(1 for found in store.sources() if found.source), store.date_range()
        )
    left = store.described(store.matching(rows))
    days = sorted({row.published for row in left if row.published})
    return Searched(
        len({row.article for row in left}),
        len({row.source.casefold() for row in left if row.source}),
        (days[0], days[-1]) if days else None,
    )


def row_filter(store: Store, narrowing: Narrowing) -> RowFilter:
    """Return the filter for a store. Raises QuestionError where it names what no article has, or contradicts itself."""
    since, until = narrowing.get("since"), narrowing.get("until")
    first, last = check_days(since, until)
    sources, without_sources = _names(narrowing.get("source")), _names(narrowing.get("exclude_source"))
    languages = _names(narrowing.get("language"))
    sections, without_sections = _names(narrowing.get("section")), _names(narrowing.get("exclude_section"))
    if sources or without_sources:
        known = sorted(found.source for found in store.sources() if found.source)
        _check("no article is from {}: sources are {}", (*sources, *without_sources), known)
    if languages:
        _check("no article is in the language {}: languages are {}", languages, store.languages())
    if sections or without_sections:
        _check("no section is headed {}: headings are {}", (*sections, *without_sections), store.headings())
    for name, chosen, left_out in (
        ("source", sources, without_sources),
        ("section", sections, without_sections),
    ):
        if both := {each.casefold() for each in chosen} & {each.casefold() for each in left_out}:
            raise QuestionError(f"the {name} {min(both)!r} is both asked for and left out: choose one")
    return RowFilter(first, last, sources, without_sources, languages, sections, without_sections)


def check_days(since: str | date | None, until: str | date | None) -> tuple[int | None, int | None]:
    """Return the days as numbers. Raises QuestionError where one is none, or the first is after the last."""
    first, last = _day("since", since), _day("until", until)
    if first and last and first > last:
        raise QuestionError(f"since {since} is after until {until}: swap them")
    return first, last


def passes(row: Described, rows: RowFilter) -> bool:
    """Return whether what is described passes a filter, as `Store.matching` decides it for passages."""
    source, heading = (row.source or "").casefold(), row.heading.casefold()
    day = day_number(date.fromisoformat(row.published)) if row.published else None
    bounded = rows.since is not None or rows.until is not None
    return (
        (not bounded or (day is not None and (rows.since or day) <= day <= (rows.until or day)))
        and (not rows.sources or source in _folded(rows.sources))
        and source not in _folded(rows.without_sources)
        and (not rows.languages or (row.language or "").casefold() in _folded(rows.languages))
        and (not rows.sections or heading in _folded(rows.sections))
        and heading not in _folded(rows.without_sections)
    )


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _names(value: Names) -> tuple[str, ...]:
    return tuple(map(one_line, (value,) if isinstance(value, str) else value or ()))


def _check(told: str, names: Iterable[str], known: Sequence[str]) -> None:
    folded = _folded(known)
    for name in names:
        if name.casefold() not in folded:
            raise QuestionError(told.format(repr(name), _listed(known)))


def _day(name: str, value: str | date | None) -> int | None:
    if value is None:
        return None
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        raise QuestionError(f"{name} is {value!r}: write a day such as 2023-09-13") from None
    return day_number(day)


def _listed(names: Sequence[str], most: int = 8) -> str:
    if not names:
        return "unknown for every article here"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
