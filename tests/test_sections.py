"""An article's sections: marked headings, run-in heads, question leads, and what only looks like one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.blocks import Block, assemble
from index.records import Article
from index.sections import sections_of

PROSE = "The two ministers met in the capital on Tuesday and spoke for three hours."


def article(*blocks: str | Block) -> Article:
    text, headings = assemble(block if isinstance(block, Block) else Block(block) for block in blocks)
    return Article("a", "Title", text, headings)


def heads(*blocks: str | Block) -> list[tuple[str, str]]:
    return [(section.kind, section.heading) for section in sections_of(article(*blocks))]


def body(whole: Article, number: int) -> str:
    section = sections_of(whole)[number]
    return whole.text[section.start : section.end].strip()


def test_an_article_without_heads_is_one_lead() -> None:
    assert heads(PROSE, PROSE) == [("lead", "")]


def test_a_marked_heading_heads_what_follows_and_is_no_part_of_it() -> None:
    whole = article(PROSE, Block("What Kyiv wants", 2), PROSE + " Truly.", Block("Moscow", 2), "No comment.")
    assert [(s.kind, s.heading) for s in sections_of(whole)] == [
        ("lead", ""),
        ("heading", "What Kyiv wants"),
        ("heading", "Moscow"),
    ]
    assert [body(whole, number) for number in range(3)] == [PROSE, PROSE + " Truly.", "No comment."]


def test_a_heading_without_text_below_it_makes_no_section() -> None:
    assert heads(Block("One", 1), Block("Two", 2), PROSE, Block("Three", 2)) == [("heading", "Two")]


@pytest.mark.parametrize(
    ("paragraph", "head"),
    [
        ("Two rivals, one pipeline: The talks began in March.", "Two rivals, one pipeline"),
        ("How it will work: Pilots lead the ships.", "How it will work"),
        ("“Friendship” at a price: Moscow pays.", "“Friendship” at a price"),
        ("7 ships so far: Another is loading.", "7 ships so far"),
        ("Änderung in Wien: Die Gespräche begannen.", "Änderung in Wien"),
    ],
)
def test_a_run_in_head_heads_its_own_paragraph_and_stays_in_it(paragraph: str, head: str) -> None:
    whole = article(PROSE, paragraph, PROSE)
    assert [(s.kind, s.heading) for s in sections_of(whole)] == [("lead", ""), ("run-in", head)]
    assert body(whole, 1) == f"{paragraph}\n\n{PROSE}"


@pytest.mark.parametrize(
    ("paragraph", "question"),
    [
        ("What does Ankara want in return? The government says jets.", "What does Ankara want in return?"),
        ("Who really gains? Prices fell.", "Who really gains?"),
        ("And why now,\nof all times? Because of the vote.", "And why now, of all times?"),
    ],
)
def test_a_question_heads_the_paragraph_that_it_opens(paragraph: str, question: str) -> None:
    whole = article(PROSE, paragraph)
    assert [(s.kind, s.heading) for s in sections_of(whole)] == [("lead", ""), ("question", question)]
    assert body(whole, 1) == paragraph


@pytest.mark.parametrize(
    "paragraph",
    [
        "Kim said: Go home now.",
        "The Kremlin's spokesman added: Nothing was signed.",
        "He asked the crowd the following: Nobody pays.",
        "MR. EARNEST: Thank you all for coming.",
        "THE PRESIDENT: Good morning.",
        "Q: I mean on Monday.",
        "SERGEI LAVROV: We disagree.",
        "It wouldn't be a first: Pyongyang has done so before.",
        "But there was a catch: The ships had no insurance.",
        "He has one aim: To stay in power.",
        "The talks ended at 5:30 on Tuesday.",
        "The ministers agreed on three ports: odesa first of all.",
        "One. Two: Three.",
        "A head that goes on for so many more words than any head ever did: Yes.",
        "“What now?” he asked. Nobody knew.",
        "What? Nobody knew.",
        "The government fell. What comes next? Nobody knows.",
        "They wondered whether to go, " + "and then " * 30 + "did they? Yes.",
        "See https://example.org/a for more.",
    ],
)
def test_speech_speakers_and_sentences_with_a_colon_head_nothing(paragraph: str) -> None:
    assert heads(PROSE, paragraph) == [("lead", "")]


def test_a_marked_heading_that_is_a_question_is_one_section() -> None:
    assert heads(PROSE, Block("What would Russia get?", 2), "Shells.") == [
        ("lead", ""),
        ("heading", "What would Russia get?"),
    ]


def test_inline_heads_cut_a_marked_section_further() -> None:
    assert heads(Block("Talks", 2), PROSE, "What does Kyiv want? A promise.") == [
        ("heading", "Talks"),
        ("question", "What does Kyiv want?"),
    ]


BLOCKS = st.builds(
    Block,
    st.one_of(
        st.sampled_from(
            [PROSE, "The plan: Five points.", "What now for them? Nothing.", "MR. X: Yes.", "1. a", "?", ":"]
        ),
        st.text(min_size=1, max_size=30).map(lambda text: text.strip() or "x"),
    ),
    st.sampled_from([0, 0, 0, 1, 2]),
)


@given(st.lists(BLOCKS, min_size=1, max_size=12))
def test_sections_and_headings_cover_every_character_that_is_no_space(blocks: list[Block]) -> None:
    whole = article(*blocks)
    spans = [(mark.start, mark.end) for mark in whole.headings]
    spans += [(section.start, section.end) for section in sections_of(whole)]
    at = 0
    for start, end in sorted(spans):
        assert at <= start <= end <= len(whole.text)
        assert whole.text[at:start].strip() == ""
        at = end
    assert whole.text[at:].strip() == ""


def test_a_long_article_of_many_headings_is_cut_quickly() -> None:
    whole = article(*[part for n in range(8_000) for part in (Block(f"Head {n}", 2), "Text.")])
    begun = time.monotonic()
    assert len(sections_of(whole)) == 8_000
    assert time.monotonic() - begun < 4
