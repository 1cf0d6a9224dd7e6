"""The counts beside the filters: each under the others, and the same as counting by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from index.database import Described
from index.lexical import RowFilter
from search.facets import Bucket, Count, count_facets, facets, over_time, tally
from search.question import QuestionError
from search.searcher import Searcher

ROWS = [
    Described(1, "Wire", "en", "2023-01-05", "Grain"),
    Described(1, "Wire", "en", "2023-01-05", "Oil"),
    Described(2, "wire", "fr", "2023-03-31", "grain"),
    Described(3, "Post", "en", None, ""),
    Described(4, None, None, "2023-03-01", "Oil"),
]


def within(rows: RowFilter) -> Sequence[Described]:
    """Filter rows the plain way: sources, languages and sections."""
    return [
        row
        for row in ROWS
        if (not rows.sources or (row.source or "").lower() in rows.sources)
        and (row.source or "").lower() not in rows.without_sources
        and (not rows.languages or row.language in rows.languages)
        and (not rows.sections or row.heading.lower() in rows.sections)
        and (not rows.since or int((row.published or "0").replace("-", "")) >= rows.since)
    ]


def named(counts: Sequence[Count]) -> dict[str, int]:
    return {count.name: count.articles for count in counts}


def test_articles_are_counted_once_whatever_the_case_of_a_name() -> None:
    found = count_facets(RowFilter(), within)
    assert found.articles == 4
    assert named(found.sources) == {"Wire": 2, "Post": 1}
    assert named(found.sections) == {"Grain": 2, "Oil": 2}
    assert named(found.languages) == {"en": 2, "fr": 1}
    assert found.over_time.undated == 1
    assert [bucket.articles for bucket in found.over_time.buckets] == [1, 0, 2]


def test_each_facet_is_counted_under_the_others_and_not_its_own() -> None:
    found = count_facets(RowFilter(languages=("en",)), within)
    assert found.articles == 2
    assert named(found.languages) == {"en": 2, "fr": 1}
    assert named(found.sources) == {"Wire": 1, "Post": 1}
    found = count_facets(RowFilter(since=20230201, without_sources=("wire",)), within)
    assert found.articles == 1
    assert named(found.sources) == {"wire": 1}
    assert [bucket.articles for bucket in found.over_time.buckets] == [1]
    assert found.over_time.undated == 1


def test_rows_are_asked_for_once_for_each_different_filter() -> None:
    asked: list[RowFilter] = []
    count_facets(RowFilter(), lambda rows: asked.append(rows) or ROWS)
    assert asked == [RowFilter()]


def test_names_are_counted_most_first_and_else_in_the_order_they_came_in() -> None:
    assert tally([("b", 1), ("a", 2), ("c", 3), ("c", 4), (None, 5), ("", 6)]) == (
        Count("c", 2),
        Count("b", 1),
        Count("a", 1),
    )
    assert tally([]) == ()


def test_a_short_span_is_told_by_day_a_longer_by_month_a_long_one_by_year() -> None:
    days = over_time(["2024-02-28", "2024-03-01", "2024-03-01"])
    assert days.step == "day"
    assert [(bucket.first.isoformat(), bucket.articles) for bucket in days.buckets] == [
        ("2024-02-28", 1),
        ("2024-02-29", 0),
        ("2024-03-01", 2),
    ]
    months = over_time(["2023-11-30", "2024-02-01"])
    assert months.step == "month"
    assert [bucket.articles for bucket in months.buckets] == [1, 0, 0, 1]
    assert months.buckets[3] == Bucket(date(2024, 2, 1), date(2024, 2, 29), 1)
    years = over_time(["1963-05-01", "1970-01-01", None])
    assert years.step == "year"
    assert (len(years.buckets), years.undated) == (8, 1)
    assert over_time(["9999-12-31"]).buckets == (Bucket(date(9999, 12, 31), date(9999, 12, 31), 1),)
    assert over_time([None]).buckets == ()
    whole = over_time(["0001-01-01", "2024-05-05", "9999-12-31"])
    assert len(whole.buckets) <= 61
    assert sum(bucket.articles for bucket in whole.buckets) == 3


@pytest.fixture(scope="module")
def briefings(sample_index: Path):
    with Searcher.open(sample_index) as searcher:
        yield searcher


@pytest.mark.parametrize("question", ["", "what does Russia want from Kim?"])
def test_a_count_says_what_choosing_it_gives(briefings: Searcher, question: str) -> None:
    found = facets(briefings, question, since="2023-01-01", exclude_source="Northern Desk")
    assert {count.name for count in found.sources} >= {"Northern Desk", "The Harbour Wire"}
    for count in found.sources:
        hits = briefings.search(question or "and", k=500, since="2023-01-01", source=count.name)
        assert len({hit.passage.article.article_id for hit in hits}) == count.articles
    for count in found.sections[:3]:
        hits = briefings.search("and", k=50, section=count.name)
        assert {hit.passage.section.heading for hit in hits} == {count.name}
    by_month = {bucket.first: bucket.articles for bucket in found.over_time.buckets}
    rest = [row for row in briefings.store.article_rows() if row.source != "Northern Desk"]
    for first, articles in by_month.items():
        assert sum((row.published or "").startswith(f"{first:%Y-%m}") for row in rest) == articles


def test_sections_of_a_question_are_those_of_the_nearest_passages(briefings: Searcher) -> None:
    found = facets(briefings, "what does Russia want from Kim?")
    nearest = briefings.search("what does Russia want from Kim?", k=10)
    assert {count.name for count in found.sections} & {hit.passage.section.heading for hit in nearest}
    assert len(found.sections) == 12


def test_facets_refuse_what_a_search_refuses(briefings: Searcher) -> None:
    with pytest.raises(QuestionError, match="languages are"):
        facets(briefings, language="tlh")
