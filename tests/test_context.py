"""Which headlines tell something, decided by the other headlines."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from index.context import series_shapes, shape


def series_titles(titles: Iterable[str]) -> set[str]:
    """Return which of the titles that articles have belong to a series."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE articles (title TEXT NOT NULL)")
    connection.executemany("INSERT INTO articles VALUES (?)", [(title,) for title in titles])
    shapes = series_shapes(connection)
    return {title for title in titles if shape(title) in shapes}


def test_three_titles_that_differ_only_in_their_dates_are_a_series() -> None:
    titles = [f"Press Briefing by the Press Secretary, 5/{day}/2016" for day in (10, 11, 12)]
    assert series_titles([*titles, "Kim Jong Un meets Vladimir Putin"]) == set(titles)


def test_months_and_weekdays_change_within_a_series() -> None:
    titles = [
        "Morning call, Monday 1 May 2023",
        "Morning call, Tuesday 13th June 2023",
        "Morning Call: Friday 3 Sept 2023",
    ]
    assert series_titles(titles) == set(titles)


def test_two_alike_are_no_series() -> None:
    assert series_titles(["Briefing 1", "Briefing 2"]) == set()


def test_one_title_on_many_articles_is_no_series() -> None:
    assert series_titles(["Super Bowl 50"] * 100) == set()


def test_titles_without_numbers_are_never_a_series() -> None:
    assert series_titles(["Grain deal", "Grain deal!", "Grain deal?", "Grain, deal"]) == set()


def test_titles_that_say_different_things_stay() -> None:
    assert series_titles(["3 killed in Mali", "3 freed in Niger", "3 ships sail", "3 ministers quit"]) == set()


def test_words_that_only_begin_like_a_month_are_words() -> None:
    assert series_titles(["Mali junta frees 3", "Mali mayor frees 3", "Mali marines frees 3"]) == set()


def test_nothing_in_gives_nothing_out() -> None:
    assert series_titles([]) == set()
