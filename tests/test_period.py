"""A time that a question names by the day it is asked on: how it is read, and what it does to a ranking."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from index.lexical import RowFilter
from search.period import Period, period_of, within
from search.searcher import Searcher
from search.trec import read_queries
from tests.test_cli import assert_one_clear_line, briefings

ASKED = date(2024, 2, 8)  # a Thursday
FLOODS = (
    ("a", "2023-01-11", "Floods and mudslides hit the state of Ruritania, and the army was called in."),
    ("b", "2024-02-06", "The state of Elbonia has seen mudslides after a storm, and rivers that burst their banks."),
    ("c", "2024-03-01", "Floods and mudslides hit the state of Syldavia, which asked its neighbours for boats."),
    ("d", None, "Floods and mudslides are taught in the second year of school."),
)
QUESTION = "Which state saw mudslides and floods this week?"


@pytest.mark.parametrize(
    ("question", "words", "days"),
    [
        ("What did the minister say today?", "today", 1),
        ("What happened last night in Khartoum?", "last night", 2),
        (QUESTION, "this week", 7),
        ("Who won last weekend?", "last weekend", 8),
        ("who resigned LAST WEEK?", "LAST WEEK", 14),
        ("What did Putin recently ask for?", "recently", 31),
        ("What is the latest on the strike?", "latest", 31),
        ("How many fled last month?", "last month", 62),
        ("Which film won this year's prize?", "this year", 366),
        ("What was agreed last year, and what today?", "today", 1),
    ],
)
def test_the_shortest_time_counts_back_from_the_day_of_asking(question: str, words: str, days: int) -> None:
    period = period_of(question, ASKED)
    assert period is not None
    assert (period.words, period.until) == (words, ASKED)
    assert (ASKED - period.since).days == days - 1


@pytest.mark.parametrize(
    "question",
    [
        "Who fled Karabakh?",
        "What happened in the last year of the war?",
        "Must it be paid by Friday at the latest?",
        "How many days has a week?",
        "Who edits USA Todayish?",
    ],
)
def test_other_questions_name_no_such_time(question: str) -> None:
    assert period_of(question, ASKED) is None


def test_the_first_days_of_the_calendar_are_days_too() -> None:
    assert period_of("what happened this year?", date(1, 1, 3)) == Period("this year", date.min, date(1, 1, 3))


def test_a_filter_is_made_narrower_and_never_wider() -> None:
    period = Period("this week", date(2024, 2, 2), ASKED)
    assert within(RowFilter(sources=("X",)), period) == RowFilter(20240202, 20240208, sources=("X",))
    assert within(RowFilter(since=20240205, until=20240301), period) == RowFilter(20240205, 20240208)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, index_of: Callable[..., Path]) -> Path:
    return index_of(tmp_path_factory.mktemp("floods"), [(key, "Post", *row) for key, *row in FLOODS]).parent


@pytest.fixture(scope="module")
def floods(folder: Path) -> Iterator[Searcher]:
    with Searcher.open(folder / "index") as searcher:
        yield searcher


def test_what_is_of_the_time_goes_up_and_says_why(floods: Searcher) -> None:
    best = floods.search(QUESTION)[0]
    assert best.passage.article.article_id != "b"
    assert best.signals.period is None
    hits = floods.search(QUESTION, asked_on=ASKED)
    assert hits[0].passage.article.article_id == "b"
    assert {hit.passage.article.article_id: bool(hit.signals.period) for hit in hits} == {
        "a": False, "b": True, "c": False, "d": False,
    }  # fmt: skip
    assert floods.rank_articles(QUESTION, asked_on=ASKED)[0][0] == "b"
    assert floods.rank_passage_ids(QUESTION, asked_on=ASKED)[0][0] == "b#0"
    stages = {stage.name: stage.score for stage in floods.explain(QUESTION, asked_on=ASKED)[0].stages}
    assert stages["period"] == pytest.approx(floods.ranking.period)


def test_the_answer_says_how_the_time_was_read(floods: Searcher) -> None:
    assert floods.ask(QUESTION).period_note == ""
    read = "“this week” is read as 2 February 2024 to 8 February 2024"
    assert floods.ask(QUESTION, asked_on=ASKED).period_note == f"{read}."
    late = floods.ask(QUESTION.replace("this week", "today"), asked_on=date(2026, 11, 24))
    assert late.period_note == "“today” is read as 24 November 2026: nothing found is of that time."


def test_a_refusal_does_not_take_the_time_for_a_word_to_find(floods: Searcher) -> None:
    asked = floods.ask("did the zebra sing this week?", asked_on=ASKED)
    assert not asked.answered
    assert "“zebra”" in asked.reason
    assert "week" not in asked.reason


def test_a_batch_is_asked_on_the_days_of_its_lines(folder: Path) -> None:
    lines = [
        {"_id": "dated", "text": QUESTION, "metadata": {"date": "2024-02-08"}},
        {"_id": "plain", "text": QUESTION},
        {"_id": "odd", "text": QUESTION, "metadata": {"date": "soon"}},
        {"_id": "odder", "text": QUESTION, "metadata": ["2024-02-08"]},
    ]
    queries = folder / "queries.jsonl"
    queries.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert [query.asked_on for query in read_queries(queries)] == [ASKED, None, None, None]
    run = briefings("search", "--queries", queries, "--trec", "-", "--index", folder / "index").stdout
    first = {row.split()[0]: row.split()[2] for row in run.splitlines() if row.split()[3] == "1"}
    assert first["dated"] == "b"
    assert "b" not in {first["plain"], first["odd"], first["odder"]}
    run = briefings(
        "search", "--queries", queries, "--trec", "-", "--asked-on", "2024-03-02", "--index", folder / "index"
    ).stdout
    first = {row.split()[0]: row.split()[2] for row in run.splitlines() if row.split()[3] == "1"}
    assert first == {"dated": "b", "plain": "c", "odd": "c", "odder": "c"}


def test_the_command_line_asks_on_a_day(folder: Path) -> None:
    told = briefings("ask", QUESTION, "--asked-on", "2024-02-08", "--index", folder / "index").stdout
    assert "Elbonia" in told
    assert "is read as 2 February 2024 to 8 February 2024" in told
    found = json.loads(briefings("ask", QUESTION, "--json", "--index", folder / "index").stdout)
    assert found["period"]["until"] == date.today().isoformat()
    done = briefings("search", QUESTION, "--asked-on", "soon", "--index", folder / "index")
    assert_one_clear_line(done, 2, "'soon' is no day")
