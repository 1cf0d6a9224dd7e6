"""Where sentences begin and end; every span is an offset into the text it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import Span, paragraph_spans, sentence_spans

WORDS = """
    Kim met Dr. Mr. U.S. p.m. Tuesday No. 10 3.5 e.g. ... 1. 2) I. etc. “Go.” "Stop!" (Yes.) — – ’ ? ! . : ; , ?!
    。 我来了 。他 ！ é e\u0301 \u200b 😀 🇺🇦 \U0001f9d1\u200d
"""
SPACES = (" ", " ", " ", " ", "  ", "\n", "\n\n", "\n \n", "\t", "\u00a0", "\u2028", "\x0b", "\x1c", "\r\n")
FRAGMENTS = (*WORDS.split(), *SPACES)
TEXTS = st.one_of(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join), st.text(max_size=60))


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def assert_spans_are_a_clean_cut(text: str, spans: list[Span], start: int, end: int) -> None:
    """Check that spans are ordered, apart, inside start to end, trimmed, and leave out nothing but white space."""
    at = start
    for begin, stop in spans:
        assert start <= at <= begin < stop <= end
        assert text[at:begin].strip() == ""
        assert text[begin:stop] == text[begin:stop].strip()
        at = stop
    assert text[at:end].strip() == ""


@pytest.mark.parametrize(
    "expected",
    [
        ["Kim came.", "He saw.", "He left!"],
        ["Dr. Smith met Mr. Jones in the U.S. on Jan. 5.", "They talked."],
        ["The U.S. Senate voted.", "It passed."],
        ["Sen. Ana Kovac and Gen. Lee spoke.", "Nobody else did."],
        ["He came at 5 p.m. Tuesday.", "Then he left."],
        ["The vote is at 10 a.m. Eastern time.", "It may be late."],
        ["He came at 5 p.m.", "Then he left."],
        ["“We will go,” he said.", "“We must.”", "Then silence."],
        ['He said "Go."', "Then he left."],
        ["What now?", "Nobody knows."],
        ["Prices rose by 3.5 per cent.", "Wages fell."],
        ["HE CAME.", "HE SAW.", "HE WON."],
        ["MR. EARNEST SPOKE FIRST.", "THEN Q. ASKED."],
        ["Ünal sprach mit Çağatay.", "Él habló después.", "Ça va?"],
        ["😀 They laughed.", "🇺🇦 They sang."],
        ["It rained … and rained.", "Then it stopped."],
    ],
    ids=" | ".join,
)
def test_a_paragraph_is_cut_where_a_reader_would(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_chinese_sentences_end_at_their_own_stop() -> None:
    assert sentences("我来了。他走了。") == ["我来了。", "他走了。"]


def test_a_list_number_stays_with_the_item_behind_it() -> None:
    assert sentences("1. The ships sail first.\n2. The mines stay where they are.\n3. Nobody escorts them.") == [
        "1. The ships sail first.",
        "2. The mines stay where they are.",
        "3. Nobody escorts them.",
    ]


def test_a_list_number_inside_a_line_stays_with_the_item_behind_it() -> None:
    expected = ["1. The ships sail first.", "2. The mines stay where they are."]
    assert sentences(" ".join(expected)) == expected


def test_a_number_alone_answers_the_question_before_it() -> None:
    assert sentences("How many died? 12.") == ["How many died? 12."]


def test_no_sentence_crosses_a_blank_line() -> None:
    assert sentences("The deal was signed\n\nby both sides.\n \t\nThen it rained") == [
        "The deal was signed",
        "by both sides.",
        "Then it rained",
    ]


def test_a_line_end_alone_ends_no_sentence() -> None:
    assert sentences("The deal was\nsigned. It held.") == ["The deal was\nsigned.", "It held."]


def test_a_part_of_a_text_is_cut_by_itself_with_offsets_into_the_whole() -> None:
    text = "Skip this. Kim came. He left. Skip that."
    start, end = text.index("Kim"), text.index(" Skip that")
    assert [text[begin:stop] for begin, stop in sentence_spans(text, start, end)] == ["Kim came.", "He left."]


@pytest.mark.parametrize("text", ["", " ", "\n\n \n", "\u00a0"])
def test_white_space_holds_no_sentence(text: str) -> None:
    assert sentence_spans(text) == []


def test_a_long_text_without_stops_is_one_sentence_and_takes_no_time() -> None:
    text = "word " * 50_000
    assert sentence_spans(text) == [(0, len(text) - 1)]


@given(TEXTS)
def test_sentences_cover_every_character_that_is_no_space(text: str) -> None:
    assert_spans_are_a_clean_cut(text, sentence_spans(text), 0, len(text))


@given(TEXTS)
def test_paragraphs_cover_every_character_that_is_no_space(text: str) -> None:
    assert_spans_are_a_clean_cut(text, paragraph_spans(text), 0, len(text))


@given(TEXTS, st.integers(0, 60), st.integers(0, 60))
def test_sentences_of_a_part_stay_inside_it(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    assert_spans_are_a_clean_cut(text, sentence_spans(text, start, end), start, end)


@given(TEXTS)
def test_each_sentence_stands_in_one_paragraph(text: str) -> None:
    paragraphs = paragraph_spans(text)
    for start, end in sentence_spans(text):
        assert any(begin <= start and end <= stop for begin, stop in paragraphs)
