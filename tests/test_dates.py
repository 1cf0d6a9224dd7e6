"""A day as an article writes it, or None."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from index.dates import iso_day


@pytest.mark.parametrize(
    "written",
    [
        "2023-09-13",
        "20230913",
        "2023-09-13T10:00:00Z",
        "2023-09-13T23:30:00-05:00",
        "13 September 2023",
        "13th of September 2023",
        "September 13, 2023",
        "Sept. 13, 2023",
        "Wednesday, 13 September 2023",
        "Wed, 13 Sep 2023 10:00:00 GMT",
        "  13\n September  2023 ",
        "13.9.2023",
        "9/13/2023",
        "2023/09/13",
        date(2023, 9, 13),
        datetime(2023, 9, 13, 23, 59, tzinfo=UTC),
    ],
    ids=str,
)
def test_a_day_is_read(written: object) -> None:
    assert iso_day(written) == "2023-09-13"


@pytest.mark.parametrize(
    "written",
    ["2023", "September 2023", "2023-09", "2023-W37", "13 September", "Monday 13 May", "5 p.m.", "today", ""],
)
def test_what_names_no_single_day_is_unknown(written: str) -> None:
    assert iso_day(written) is None


@pytest.mark.parametrize("written", ["5/6/2023", "05.06.2023", "5-6-23"])
def test_a_day_that_two_countries_read_differently_is_unknown(written: str) -> None:
    assert iso_day(written) is None


def test_a_number_that_reads_alike_both_ways_is_a_day() -> None:
    assert iso_day("6/6/2023") == "2023-06-06"


@pytest.mark.parametrize("written", ["2023-02-30", "31 February 2023", "2023-13-01", "99/99/2023"])
def test_a_day_that_no_calendar_has_is_unknown(written: str) -> None:
    assert iso_day(written) is None


@pytest.mark.parametrize("written", ["It ended on 5 May 2023", "10 dead in May 2023", "x" * 5000, "1" * 61])
def test_a_sentence_is_no_day(written: str) -> None:
    assert iso_day(written) is None


@pytest.mark.parametrize("value", [None, 20230913, 3.5, True, ["2023-09-13"], {"day": 1}], ids=str)
def test_other_values_are_unknown(value: object) -> None:
    assert iso_day(value) is None
