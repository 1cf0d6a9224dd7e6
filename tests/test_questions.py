"""Whatever is asked, the searcher answers in good time or says in one line what is wrong with the question."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.followup import Turn, complete
from search.question import QuestionError
from search.searcher import MOST_QUESTION_CHARACTERS, Searcher

BOUND = 5.0  # seconds for a question, whatever it is; nearly all take a hundredth of it
WAYS = ("search", "ask", "timeline", "explain")

_MARKS = "\x00\x07\x1b\u200b\u200e\u202a\u202e\u2066\u2069\ufeff\ufffd\ud800\udcff\U0010ffff\u0301\u0130\u00df\ufb01"
_PIECES = [
    'title:"x" AND (', "AND", "OR", "NOT", "+", "-", "(", ")", '"', "[1 TO 5]", "{a TO *}", "*", "?", "~2",
    "^9", "\\", "/.*/", "number:1", "day:>0", "IN [", "body:grain^9", "'", "’s", "“", "”", "&&", "||", "!", ":",
    "<b>", "&amp;", "$5bn", "what", "does", "Russia", "want", "from", "Kim", "who", "said", "Kremlin", "when",
    "how many", "how much", "why", "did", "in 2023", "since Monday", "last week", "31 February 2023",
    "2023-99-99", "99999999999999999999", "1e400", "½", "٣", "before", "after", "between", "and", "it", "he",
    "they", "there", "that", "?", "...", "Пхеньян", "北朝鮮", "\U0001f4a5",
]  # fmt: skip
anything = st.text(st.characters(exclude_categories=()), max_size=120)  # surrogates, too
marked = st.text(st.sampled_from(_MARKS + "abz .,?"), max_size=60)
spoken = st.lists(st.sampled_from(_PIECES), max_size=25).map(" ".join)
glued = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)
punctuation = st.text(st.characters(categories=["P", "S", "Z", "C"]), max_size=60)
long = st.tuples(st.one_of(st.sampled_from(_PIECES), st.text(min_size=1, max_size=12)), st.sampled_from(["", " "])).map(
    lambda parts: ("".join(parts) * MOST_QUESTION_CHARACTERS)[:MOST_QUESTION_CHARACTERS]
)
questions = st.one_of(anything, marked, spoken, glued, punctuation)
bounded = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module")
def briefings(sample_index: Path) -> Iterator[Searcher]:
    with Searcher.open(sample_index) as searcher:
        searcher.ask("who fled Karabakh?")  # what is loaded once is not any question's time
        yield searcher


def answered(work: Callable[[], object]) -> None:
    """Do some work; anything but a result or a QuestionError of one line, in good time, is a failure."""
    started = time.monotonic()
    try:
        work()
    except QuestionError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 500
        str(error).encode("utf-8")
    assert time.monotonic() - started < BOUND


@pytest.mark.parametrize("way", WAYS)
@bounded
@given(question=questions)
def test_no_question_is_too_odd(briefings: Searcher, way: str, question: str) -> None:
    answered(lambda: getattr(briefings, way)(question))


@pytest.mark.parametrize("way", WAYS)
@settings(bounded, max_examples=12)
@given(question=long)
def test_no_question_of_four_thousand_characters_is_too_long(briefings: Searcher, way: str, question: str) -> None:
    assert len(question) == MOST_QUESTION_CHARACTERS
    answered(lambda: getattr(briefings, way)(question))


@pytest.mark.parametrize("piece", [*_PIECES, *_MARKS.replace("\x00", ""), "a", "aa ", "( ", "Kim’s ", "from Kim "])
def test_no_piece_that_is_repeated_is_slow(briefings: Searcher, piece: str) -> None:
    for between in ("", " "):
        question = ((piece + between) * MOST_QUESTION_CHARACTERS)[:MOST_QUESTION_CHARACTERS]
        answered(lambda: briefings.timeline(question))  # noqa: B023  # runs at once
        for before in ("who signed the grain deal?", question):
            answered(lambda: complete(question, Turn(before, question), briefings.names))  # noqa: B023


@settings(bounded, max_examples=150)
@given(question=questions, before=questions, answer=questions)
def test_no_question_is_too_odd_to_be_completed(briefings: Searcher, question: str, before: str, answer: str) -> None:
    answered(lambda: complete(question, Turn(before, answer), briefings.names))
    whole = complete(question, Turn(before, answer), briefings.names)
    assert whole == question or len(whole) <= MOST_QUESTION_CHARACTERS


@bounded
@given(question=spoken, before=spoken)
def test_what_is_completed_can_be_asked(briefings: Searcher, question: str, before: str) -> None:
    answered(lambda: briefings.ask(complete(question, Turn(before, ""), briefings.names)))


@bounded
@given(since=anything, until=anything, source=anything, passage=anything)
def test_no_filter_and_no_passage_is_too_odd(
    briefings: Searcher, since: str, until: str, source: str, passage: str
) -> None:
    answered(lambda: briefings.search("grain", since=since))
    answered(lambda: briefings.search("grain", until=until))
    answered(lambda: briefings.search("grain", source=source))
    answered(lambda: briefings.why("grain", passage))
