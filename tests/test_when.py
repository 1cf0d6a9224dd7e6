"""The day that a sentence tells of, read from where its article stands in time."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.when import MOST_BEFORE, EventDate, event_date, without_days

TUESDAY = "2023-09-26"
ARTICLES_DAY = EventDate(TUESDAY, TUESDAY, "day", False)
PRECISIONS = {"day", "week", "month", "year"}


def said(first, last=None, precision="day"):
    return EventDate(first, last or first, precision, True)


SEPTEMBER = said("2023-09-01", "2023-09-30", "month")
MAY = said("2023-05-01", "2023-05-31", "month")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        # a day that is written out
        ("They met on 13 September 2023 in Vostochny.", said("2023-09-13")),
        ("They met on Wednesday, 13 September 2023.", said("2023-09-13")),
        ("They met on the 13th of September, 2023.", said("2023-09-13")),
        ("They met on Sept. 13, 2023, in Vostochny.", said("2023-09-13")),
        ("They met on September 13th.", said("2023-09-13")),
        ("They met on Sept. 13.", said("2023-09-13")),
        ("They met on 2023-09-13.", said("2023-09-13")),
        ("They met on 13\u00a0September.", said("2023-09-13")),
        ("On 19 September the army attacked.", said("2023-09-19")),
        ("On 15 December ships stopped.", said("2022-12-15")),
        ("He spent 8 and 9 July in Moscow.", said("2023-07-08", "2023-07-09")),
        ("He spent July 8-9 in Moscow.", said("2023-07-08", "2023-07-09")),
        ("Shells fell between 24 February and 3 March 2022.", said("2022-02-24")),
        ("Shells fell between 24 December and 3 January 2022.", said("2021-12-24")),
        ("It got in on 4 April this year.", said("2023-04-04")),
        ("It got in on 4 April last year.", said("2022-04-04")),
        ("It happened on 29 February.", said("2020-02-29")),
        ("It happened on 31 June.", ARTICLES_DAY),
        # a month
        ("In July the talks began.", said("2023-07-01", "2023-07-31", "month")),
        ("In September the talks began.", SEPTEMBER),
        ("Last September the talks began.", said("2022-09-01", "2022-09-30", "month")),
        ("In October the talks began.", said("2022-10-01", "2022-10-31", "month")),
        ("The plan was announced in April 2022.", said("2022-04-01", "2022-04-30", "month")),
        ("The plan was announced in Sept. 2022.", said("2022-09-01", "2022-09-30", "month")),
        ("The plan was announced in July last year.", said("2022-07-01", "2022-07-31", "month")),
        ("The talks began in early May.", MAY),
        ("The talks began in mid-March.", said("2023-03-01", "2023-03-31", "month")),
        ("Talks began at the end of January.", said("2023-01-01", "2023-01-31", "month")),
        ("It flew in June that year.", ARTICLES_DAY),
        # a year
        ("The war broke out in 2020.", said("2020-01-01", "2020-12-31", "year")),
        ("It fell in the summer of 2022.", said("2022-01-01", "2022-12-31", "year")),
        ("Prices fell last year.", said("2022-01-01", "2022-12-31", "year")),
        ("The first shot fell three years ago.", said("2020-01-01", "2020-12-31", "year")),
        # weekdays, days and weeks near the article's
        ("The queue was seen from space on Tuesday.", said(TUESDAY)),
        ("Worse followed on Monday evening.", said("2023-09-25")),
        ("It was struck on Wednesday.", said("2023-09-20")),
        ("He spoke last Tuesday.", said("2023-09-19")),
        ("They met on Thursday last week.", said("2023-09-21")),
        ("He left yesterday.", said("2023-09-25")),
        ("He left the day before yesterday.", said("2023-09-24")),
        ("He left last night.", said("2023-09-25")),
        ("He is leaving today.", said(TUESDAY)),
        ("The shop burned last week.", said("2023-09-18", "2023-09-24", "week")),
        ("The shop burned two weeks ago.", said("2023-09-11", "2023-09-17", "week")),
        ("The shop burned last weekend.", said("2023-09-23", "2023-09-24", "week")),
        ("The shop burned last month.", said("2023-08-01", "2023-08-31", "month")),
        ("The shop burned nine days ago.", said("2023-09-17")),
        # the future
        ("The vote will be held on 7 February.", said("2024-02-07")),
        ("Poland votes on 15 October.", said("2023-10-15")),
        ("The ministers are to meet in May.", said("2024-05-01", "2024-05-31", "month")),
        ("On Thursday ministers will meet again.", said("2023-09-28")),
        ("Ministers meet next Tuesday.", said("2023-10-03")),
        ("The talks will go on tomorrow.", said("2023-09-27")),
        ("The firm said on Thursday that it would halt work from 29 January.", said("2023-09-21")),
        ("The soldiers will go by the end of the year, he said on Sunday.", said("2023-09-24")),
        (
            "He cancelled talks in August because France was to attend, and would stay away.",
            said("2023-08-01", "2023-08-31", "month"),
        ),
        ("Extra duties run to the end of 2029.", ARTICLES_DAY),
        ("She signed a decree dissolving the state by 1 January 2024.", ARTICLES_DAY),
        ("Talks on the accord of 3 May 2024 opened on Sunday.", said("2023-09-24")),
        # of several days
        ("On Monday he left, and on Sunday he had packed.", said("2023-09-25")),
        ("The North tried twice this year, in May and again in August.", MAY),
        ("Shortly before half past ten on Monday night he spoke.", said("2023-09-25")),
        # days that only place something else
        ("It is the fifth coup since independence in 1960.", ARTICLES_DAY),
        ("Borders should be as they were in 1991.", ARTICLES_DAY),
        ("The treaty of 1965 settled such claims.", ARTICLES_DAY),
        ("He, who won a prize in 2019, called it grand.", ARTICLES_DAY),
        ("Her sister's block, finished in 2019, came down.", ARTICLES_DAY),
        ("Before the attack of 7 October the parties were content.", ARTICLES_DAY),
        ("The treaty that was signed in 1987 expired on Friday.", said("2023-09-22")),
        ("The treaty signed in July 1987 finally expired on Friday.", said("2023-09-22")),
        ("The man who won a prize in 2019 called it grand.", ARTICLES_DAY),
        ("He said that fighting in 2020 killed 6,500 people.", said("2020-01-01", "2020-12-31", "year")),
        ("Exports doubled in 2022 compared with 2021.", said("2022-01-01", "2022-12-31", "year")),
        ("She praised Linda, who last month opened the school.", said("2023-08-01", "2023-08-31", "month")),
        # what only looks like a day
        ("It may rain, and May said so.", ARTICLES_DAY),
        ("Theresa May resigned over it.", ARTICLES_DAY),
        ("March on, they cried, in the March of the Living.", ARTICLES_DAY),
        ("They march in step with June Carter.", ARTICLES_DAY),
        ("The Sun rose, The Sun said, and it sat.", ARTICLES_DAY),
        ("The Sunday Times has it.", ARTICLES_DAY),
        ("Shops do well on Black Friday and on Sundays.", ARTICLES_DAY),
        ("Families lost 2,022 people.", ARTICLES_DAY),
        ("A crowd of 2000 people came by 2000 roads.", ARTICLES_DAY),
        ("In 2000 homes the lights went out.", ARTICLES_DAY),
        ("It costs $2023, or 2019.5 euros, on route 2020.", ARTICLES_DAY),
        ("Ethnic Armenians ran it in the 1990s.", ARTICLES_DAY),
        ("In March 2,022 people were killed.", said("2023-03-01", "2023-03-31", "month")),
        ("In March 12 soldiers died.", said("2023-03-01", "2023-03-31", "month")),
        ("On March 12 soldiers died.", said("2023-03-12")),
        ("On March 12, 2000 people died.", said("2023-03-12")),
        ("Workers marched on May Day.", ARTICLES_DAY),
    ],
)
def test_when_a_sentence_says_that_it_happened(sentence, expected):
    assert event_date(sentence, TUESDAY) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("They met on 13 September 2023.", said("2023-09-13")),
        ("They met in July 2022.", said("2022-07-01", "2022-07-31", "month")),
        ("They met in 2022.", said("2022-01-01", "2022-12-31", "year")),
        ("They met on 13 September.", None),
        ("They met on Monday, yesterday, last week and two days ago.", None),
        ("They met in July.", None),
        ("They met.", None),
    ],
)
def test_without_an_articles_day_only_what_has_a_year_is_known(sentence, expected):
    assert event_date(sentence, None) == expected


@pytest.mark.parametrize(
    ("sentence", "before", "expected"),
    [
        ("The following day its leaders gave in.", ["The army attacked on 19 September."], said("2023-09-20")),
        (
            "Three days later the road opened, as one had ten years ago.",
            ["The following day its leaders gave in.", "The army attacked on 19 September."],
            said("2023-09-23"),
        ),
        ("Two days later the road opened.", [], ARTICLES_DAY),
        ("Two days later the road opened.", ["The queue was long.", "It fell on 19 September."], ARTICLES_DAY),
        ("Two days later the road opened.", ["The army attacked in July."], ARTICLES_DAY),
        ("Two days later, on Monday, the road opened.", ["The army attacked on 19 September."], said("2023-09-25")),
        ("The road opened.", ["The army attacked on 19 September."], ARTICLES_DAY),
    ],
)
def test_days_later_count_from_the_day_of_the_sentences_before(sentence, before, expected):
    assert event_date(sentence, TUESDAY, before) == expected


def test_few_sentences_before_are_read_and_none_unless_it_counts_from_them():
    read = []

    def sentences_before():
        while True:
            read.append("The next day it rained.")
            yield read[-1]

    assert event_date("The road opened.", TUESDAY, sentences_before()) == ARTICLES_DAY
    assert read == []
    assert event_date("Two days later the road opened.", TUESDAY, sentences_before()) == ARTICLES_DAY
    assert len(read) == MOST_BEFORE


def test_a_sentence_without_its_days_is_the_same_on_each_of_them():
    assert without_days("It burned on Monday in Goris.").split() == ["It", "burned", "on", "in", "Goris."]
    assert without_days("It burned on 25 September in Goris.") == without_days("It burned on Monday in Goris.")
    assert without_days("It burned.") == "It burned."


FRAGMENTS = """
    on in last next this the day before after since will said that of to and by year week month ago yesterday tomorrow
    1 7 29 31 99 0 2022 1000 2099 999 three a Monday Sunday May March February Sept. 2024-02-30 , - – ’s
"""
WORDS = st.sampled_from(FRAGMENTS.split())


@given(
    sentence=st.one_of(st.text(), st.lists(WORDS, max_size=12).map(" ".join)),
    published=st.none() | st.dates().map(date.isoformat) | st.sampled_from(["0001-01-01", "9999-12-31"]),
)
def test_any_text_has_a_valid_day_or_none(sentence, published):
    found = event_date(sentence, published)
    if found is None:
        assert published is None
        return
    assert date.fromisoformat(found.first) <= date.fromisoformat(found.last)
    assert len(found.first) == len(found.last) == len("2023-09-26")
    assert found.precision in PRECISIONS
    if not found.from_text:
        assert (found.first, found.last) == (published, published)


def test_a_sentence_without_end_is_read_in_no_time():
    for piece in ("in May 5 and ", "since a-b ", "will ", "last  ", "before x ", "2022 ", "who led in May aed "):
        started = time.perf_counter()
        event_date(piece * 50_000, TUESDAY)
        assert time.perf_counter() - started < 5
