"""Sentences stand in the order of what they tell, each with who reported it first."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Article, Passage, Section
from search.answer import ScoredSentence, score_sentences
from search.results import Hit, Signals
from search.searcher import Searcher
from search.timeline import DATED_MARGIN, MOST_SENTENCES, UNDATED_MARGIN, Entry, EventDate, event_date, timeline

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
    for piece in ("in May 5 and ", "since a-b ", "will ", "last  ", "before x ", "2022 "):
        started = time.perf_counter()
        event_date(piece * 50_000, TUESDAY)
        assert time.perf_counter() - started < 5


def sentences(text, *, article_id="a", published=TUESDAY, source="Wire", score=1.0, also_in=()):
    """Return each line of a text as a sentence that fits the question by `score`."""
    article = Article(article_id, "Title", text, source=source, published=published)
    passage = Passage(article, Section("", "lead", 0, len(text)), 0, 0, len(text))
    hit = Hit(1, 1.0, passage, Signals(None, None, None), also_in)
    starts = [text.index(line) for line in text.splitlines()]
    return [ScoredSentence(hit, at, at + len(line), score) for at, line in zip(starts, text.splitlines(), strict=True)]


def quote(sentence):
    return sentence.hit.passage.article.text[sentence.start : sentence.end]


def quotes(entries: list[Entry]) -> list[str]:
    return [quote(entry.sentence) for entry in entries]


def test_no_sentences_are_no_timeline():
    assert timeline([]) == []


def test_entries_stand_by_event_then_publication_then_place_and_unknown_days_last():
    unknown = sentences("Nobody knows when this was.", article_id="u", published=None)
    late = sentences("The army left on 20 September.\nThe road opened on 19 September.", article_id="b")
    early = sentences("Ministers spoke on 20 September.", article_id="c", published="2023-09-21")
    undated = sentences("Hunger is everywhere.\nThe shops are closed.", article_id="d")
    assert quotes(timeline([*unknown, *late, *undated[::-1], *early])) == [
        "The road opened on 19 September.",
        "Ministers spoke on 20 September.",
        "The army left on 20 September.",
        "Hunger is everywhere.",
        "The shops are closed.",
        "Nobody knows when this was.",
    ]


def test_the_same_report_is_one_entry_under_whoever_published_it_first():
    wire = sentences("At least 20 people died when a fuel store near Stepanakert exploded on Monday.", article_id="w")
    later = sentences(
        "A fuel store near Stepanakert exploded on 25 September and at least 20 people died there.",
        article_id="l",
        source="Later",
        published="2023-09-28",
    )
    (entry,) = timeline([*later, *wire])
    assert quote(entry.sentence) == quote(wire[0])
    assert entry.also_in == (later[0],)
    assert [article.source for article in entry.reported_in] == ["Wire", "Later"]
    assert entry.date == said("2023-09-25")


@pytest.mark.parametrize(
    "other",
    [
        "At least 68 people died when a fuel store near Stepanakert exploded on Monday.",
        "At least 20 people did not die when a fuel store near Stepanakert exploded on Monday.",
        "At least 20 people died when a fuel store near Stepanakert exploded on Sunday.",
        "At least 20 people died when a fuel store near Goris exploded on Monday.",
        "Governments promised money and tents on Monday.",
    ],
)
def test_another_number_name_or_day_and_a_denial_are_other_reports(other):
    one = sentences("At least 20 people died when a fuel store near Stepanakert exploded on Monday.")
    assert len(timeline([*one, *sentences(other, article_id="b")])) == 2


def test_who_did_it_to_whom_is_not_collapsed():
    one = sentences("On Monday Armenia accused Azerbaijan of breaking the truce near the border.")
    other = sentences("On Monday Azerbaijan accused Armenia of breaking the truce near the border.", article_id="b")
    assert len(timeline([*one, *other])) == 2


def test_a_sentence_without_a_day_is_the_same_in_articles_a_few_days_apart():
    text = "The shelters of Goris are full and families sleep in their cars."
    one = sentences(text, article_id="a", published="2023-09-28")
    other = sentences(text, article_id="b", published="2023-09-26")
    long_ago = sentences(text, article_id="c", published="2020-11-01")
    entries = timeline([*one, *other, *long_ago])
    assert [len(entry.also_in) for entry in entries] == [0, 1]
    assert entries[1].date == EventDate("2023-09-26", "2023-09-26", "day", False)


def test_a_wire_copy_published_earlier_reported_it_first_if_it_prints_the_sentence():
    text = "The road opened on 19 September."
    copy = Article("copy", "T", f"News.\n{text}", source="Early", published="2023-09-20")
    edited = Article("edited", "T", "The road is open.", source="Edited", published="2023-09-19")
    (entry,) = timeline(sentences(text, also_in=(copy, edited)))
    assert [article.source for article in entry.reported_in] == ["Early", "Wire"]


def test_days_later_count_from_the_day_of_the_sentence_before():
    text = (
        "The army attacked on 19 September.\nThe following day its leaders gave in.\n"
        "Three days later the road opened, as one had ten years ago.\nThe queue is long."
    )
    assert [entry.date.first for entry in timeline(sentences(text))] == [
        "2023-09-19",
        "2023-09-20",
        "2023-09-23",
        TUESDAY,
    ]


def test_days_later_than_an_unknown_day_is_the_articles():
    (entry,) = timeline(sentences("Two days later the road opened."))
    assert entry.date == ARTICLES_DAY


def test_a_sentence_far_below_the_best_is_left_out_and_sooner_if_it_names_no_day():
    best = sentences("The road opened on 19 September.", score=2.0)
    dated = sentences("The army left on 20 September.", article_id="b", score=2.0 - DATED_MARGIN + 0.01)
    undated = sentences("Hunger is everywhere.", article_id="c", score=2.0 - UNDATED_MARGIN - 0.01)
    far = sentences("The shop burned on 21 September.", article_id="d", score=2.0 - DATED_MARGIN - 0.01)
    assert quotes(timeline([*far, *undated, *dated, *best])) == [quote(best[0]), quote(dated[0])]


def test_there_are_at_most_thirty_sentences_and_each_stands_once():
    many = sentences("\n".join(f"Village {chr(65 + n // 26)}{chr(97 + n % 26)} was emptied." for n in range(50)))
    assert len(timeline([*many, *many])) == MOST_SENTENCES
    assert len(timeline([many[0], many[0]])) == 1


@pytest.fixture(scope="module")
def briefings(sample_index):
    with Searcher.open(sample_index) as searcher:
        yield searcher


def test_a_question_to_the_samples_gives_what_happened_in_order(briefings):
    question = "what happened in Karabakh in 2023?"
    answer = briefings.ask(question)
    assert answer.answered
    read = briefings.read(question)
    scored = score_sentences(briefings.store, briefings.encoder, briefings.names, read, answer.hits)
    entries = timeline(scored)
    firsts = [entry.date.first for entry in entries]
    assert firsts == sorted(firsts)
    days = {quote(entry.sentence)[:40]: entry.date for entry in entries}
    assert days["On 19 September Azerbaijan attacked the "] == said("2023-09-19")
    assert days["The following day its leaders gave in an"] == said("2023-09-20")
    assert days["On Wednesday they stopped Ruben Vardanya"] == said("2023-09-27")
    assert days["Samvel Shahramanyan, the last leader of "] == EventDate("2023-09-28", "2023-09-28", "day", False)
    articles = {entry.sentence.hit.passage.article.article_id for entry in entries}
    assert {"karabakh-exodus.md", "karabakh-lachin-road.html"} <= articles
    assert all("cop28" not in article for article in articles)
