"""How many articles each filter would leave: by source, section, language and time.

Where something is asked, these are the articles of the passages that come nearest to it, by the first mix of words
and meaning; otherwise they are all articles. Each facet is counted under the filters of the others and not its own,
so that a count says what choosing it would give.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, Unpack

from index.database import Described
from index.lexical import RowFilter
from search.narrowing import Narrowing, row_filter
from search.retrieve import Ranking, rank_passages
from search.searcher import Searcher

NEAREST = 200  # passages of a question whose articles are counted
MOST_SECTIONS = 12
MOST_DAYS = 45  # which are told one by one; what is longer is told by month
MOST_MONTHS = 60  # and what is longer than this by year
MOST_YEARS = 60
FIRST_MIX = Ranking(reranked=0, direction=0.0)

Step = Literal["day", "month", "year"]
Within = Callable[[RowFilter], Sequence[Described]]  # what a filter leaves


@dataclass(frozen=True)
class Count:
    """How many articles have this name; of several spellings it is the one that most have."""

    name: str
    articles: int


@dataclass(frozen=True)
class Bucket:
    """How many articles were published from its first day to its last."""

    first: date
    last: date
    articles: int


@dataclass(frozen=True)
class Histogram:
    """Articles over time, without a gap from the first to the last; undated: how many have no day."""

    step: Step
    buckets: tuple[Bucket, ...]
    undated: int


@dataclass(frozen=True)
class Facets:
    """The counts of every facet, most first; a facet of which nothing is known is empty. articles: those that pass."""

    articles: int
    sources: tuple[Count, ...]
    sections: tuple[Count, ...]
    languages: tuple[Count, ...]
    over_time: Histogram


def facets(searcher: Searcher, question: str = "", **narrowing: Unpack[Narrowing]) -> Facets:
    """Count what a question, or all articles without one, could be narrowed to. Raises as `Searcher.search` does."""
    store = searcher.store
    rows = row_filter(store, narrowing)
    if not question:
        return count_facets(rows, lambda left: store.described(store.matching(left)))
    asked = searcher.read(question)

    def nearest(left: RowFilter) -> Sequence[Described]:
        found = rank_passages(store, searcher.names, asked, left, most=NEAREST, ranking=FIRST_MIX)
        return store.described([passage.number for passage in found])

    return count_facets(rows, nearest)


def count_facets(rows: RowFilter, within: Within) -> Facets:
    """Count each facet under the filters of the others; `within` is called once for each different filter."""
    known: dict[RowFilter, Sequence[Described]] = {}

    def left(filters: RowFilter) -> Sequence[Described]:
        if filters not in known:
            known[filters] = within(filters)
        return known[filters]

    any_source = left(replace(rows, sources=(), without_sources=()))
    any_section = left(replace(rows, sections=(), without_sections=()))
    any_language = left(replace(rows, languages=()))
    any_day = left(replace(rows, since=None, until=None))
    return Facets(
        len({row.article for row in left(rows)}),
        tally((row.source, row.article) for row in any_source),
        tally((row.heading, row.article) for row in any_section)[:MOST_SECTIONS],
        tally((row.language, row.article) for row in any_language),
        over_time({row.article: row.published for row in any_day}.values()),
    )


def tally(names: Iterable[tuple[str | None, int]]) -> tuple[Count, ...]:
    """Count the articles of each name, without regard to case, most first and then in the order that they came in.

    What has no name is not counted.
    """
    articles: dict[str, set[int]] = defaultdict(set)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for name, article in names:
        if name:
            articles[name.casefold()].add(article)
            spellings[name.casefold()][name] += 1
    counts = [
        Count(min(spellings[folded], key=lambda spelled: (-spellings[folded][spelled], spelled)), len(found))
        for folded, found in articles.items()
    ]
    return tuple(sorted(counts, key=lambda count: -count.articles))


def over_time(published: Iterable[str | None]) -> Histogram:
    """Count days by day, month or year, whichever their span asks for; those between are there with none."""
    known: list[date] = []
    undated = 0
    for day in published:
        if day:
            known.append(date.fromisoformat(day))
        else:
            undated += 1
    if not known:
        return Histogram("day", (), undated)
    first, last = min(known), max(known)
    step = _step(first, last)
    # Somebody's typing error must not make a thousand bars: what spans many years is told by several at a time.
    years = 1 + (last.year - first.year) // MOST_YEARS
    counts = Counter(_start(day, step, years) for day in known)
    buckets: list[Bucket] = []
    start: date | None = _start(first, step, years)
    while start and start <= last:
        following = _next(start, step, years)
        end = following - timedelta(days=1) if following else date.max
        buckets.append(Bucket(start, end, counts[start]))
        start = following
    return Histogram(step, tuple(buckets), undated)


def _step(first: date, last: date) -> Step:
    if (last - first).days < MOST_DAYS:
        return "day"
    return "month" if (last.year - first.year) * 12 + last.month - first.month < MOST_MONTHS else "year"


def _start(day: date, step: Step, years: int) -> date:
    if step == "year":
        return date(max(1, day.year - day.year % years), 1, 1)
    return day if step == "day" else day.replace(day=1)


def _next(start: date, step: Step, years: int) -> date | None:
    """Return the first day of the step that follows, or None at the end of the calendar."""
    try:
        if step == "day":
            return start + timedelta(days=1)
        if step == "year":
            return date(start.year - start.year % years + years, 1, 1)
        return date(start.year + start.month // 12, start.month % 12 + 1, 1)
    except (ValueError, OverflowError):
        return None
