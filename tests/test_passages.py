"""Passages: whole sentences of one section, about 130 words, and the text that is embedded for them."""

from __future__ import annotations

import random
import statistics
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.blocks import Block, assemble
from index.passages import CHARACTERS_A_WORD, MOST_WORDS, PASSAGE_WORDS, _pieces, embedded_text, passages_of
from index.records import Article, Passage
from index.sentences import sentence_spans

LONGEST = 1.3 * MOST_WORDS


def article(*blocks: str | Block, title: str = "Grain deal") -> Article:
    text, headings = assemble(block if isinstance(block, Block) else Block(block) for block in blocks)
    return Article("news/a.txt", title, text, headings)


def sentence(words: int) -> str:
    return " ".join(["Ships", *["sail"] * (words - 1)]) + "."


def paragraph(*sentences: int) -> str:
    return " ".join(sentence(words) for words in sentences)


def sizes(passages: list[Passage]) -> list[int]:
    return [len(passage.text.split()) for passage in passages]


def test_a_passage_shows_the_articles_own_characters() -> None:
    (passage,) = passages_of(article("Kim came. He left.", "Nobody saw."))
    assert passage.text == "Kim came. He left.\n\nNobody saw."
    assert passage.article.text[passage.start : passage.end] == passage.text
    assert (passage.passage_id, passage.ordinal, passage.title) == ("news/a.txt#0", 0, "Grain deal")


def test_passages_are_numbered_through_the_article() -> None:
    passages = passages_of(article(Block("One", 2), paragraph(*[20] * 20), Block("Two", 2), "Short."))
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    assert [passage.section.heading for passage in passages] == ["One"] * 3 + ["Two"]


def test_no_passage_crosses_a_section_however_short_the_sections() -> None:
    passages = passages_of(article("One.", Block("A", 2), "Two.", Block("B", 2), "Three.", "What now then? Four."))
    assert [(p.section.heading, p.text) for p in passages] == [
        ("", "One."),
        ("A", "Two."),
        ("B", "Three."),
        ("What now then?", "What now then? Four."),
    ]


def test_a_section_just_over_the_limit_is_cut_in_halves_and_not_at_the_limit() -> None:
    assert sizes(passages_of(article(paragraph(*[10] * 20)))) == [100, 100]


def test_a_section_at_the_limit_stays_whole() -> None:
    assert sizes(passages_of(article(paragraph(*[10] * 15)))) == [150]


def test_a_paragraphs_end_is_taken_over_a_sentences_end_that_is_a_little_nearer() -> None:
    passages = passages_of(article(paragraph(*[10] * 9), paragraph(*[10] * 11)))
    assert sizes(passages) == [90, 110]


def random_article(seed: int) -> Article:
    dice = random.Random(seed)
    blocks: list[str | Block] = []
    for _ in range(dice.randrange(1, 40)):
        if dice.random() < 0.1:
            blocks.append(Block("A heading", 2))
        blocks.append(paragraph(*[dice.randrange(3, 40) for _ in range(dice.randrange(1, 7))]))
    return article(*blocks)


@pytest.mark.parametrize("seed", range(20))
def test_passages_end_where_sentences_end_and_are_never_far_too_long(seed: int) -> None:
    whole = random_article(seed)
    ends = {end for _, end in sentence_spans(whole.text)}
    starts = {start for start, _ in sentence_spans(whole.text)}
    for passage in passages_of(whole):
        assert passage.start in starts
        assert passage.end in ends
        assert len(passage.text.split()) <= LONGEST


def test_passages_of_long_sections_are_about_130_words() -> None:
    words = [size for seed in range(20) for size in sizes(passages_of(random_article(seed))[1:-1])]
    in_long_sections = [
        len(passage.text.split())
        for seed in range(20)
        for passage in passages_of(random_article(seed))
        if len(passage.article.text[passage.section.start : passage.section.end].split()) > 3 * PASSAGE_WORDS
    ]
    assert len(words) > 50
    assert 115 <= statistics.mean(in_long_sections) <= 145
    assert min(in_long_sections) >= 60


def test_a_sentence_longer_than_a_passage_is_cut_at_a_space() -> None:
    passages = passages_of(article(sentence(1000)))
    assert len(passages) >= 6
    assert all(size <= LONGEST for size in sizes(passages))
    assert [word for passage in passages for word in passage.text.split()] == sentence(1000).split()


def test_many_short_words_are_cut_by_their_number_and_not_by_their_letters() -> None:
    passages = passages_of(article(" ".join(["1", "2", "3", "4", "5", "6", "7", "8", "9"] * 100)))
    assert all(size <= LONGEST for size in sizes(passages))


def test_a_word_of_a_megabyte_is_cut_quickly_and_loses_nothing() -> None:
    text = "x" * 1_000_000
    passages = passages_of(article(text, title=""))
    assert max(len(passage.text) for passage in passages) <= LONGEST * CHARACTERS_A_WORD
    assert "".join(passage.text for passage in passages) == text


def test_chinese_text_is_cut_though_it_has_no_spaces() -> None:
    text = "我们今天在首都见面并且谈了三个小时。" * 300
    passages = passages_of(article(text, title=""))
    assert max(len(passage.text) for passage in passages) <= LONGEST * CHARACTERS_A_WORD
    assert all(passage.text.endswith("。") for passage in passages)
    assert "".join(passage.text for passage in passages) == text


def test_nothing_in_gives_nothing_out() -> None:
    assert passages_of(article(Block("Only a heading", 2))) == []


BLOCKS = st.builds(
    Block,
    st.one_of(
        st.integers(1, 400).map(sentence),
        st.lists(st.integers(1, 60), min_size=1, max_size=12).map(lambda words: paragraph(*words)),
        st.text(min_size=1, max_size=200).map(lambda text: text.strip() or "x"),
        st.text(alphabet="我来了。 a", min_size=1, max_size=400).map(lambda text: text.strip() or "x"),
        st.integers(1, 3000).map(lambda size: "y" * size),
        st.sampled_from(["The plan: Five points.", "What now for them? Nothing."]),
    ),
    st.sampled_from([0, 0, 0, 0, 2]),
)


@given(st.lists(BLOCKS, min_size=1, max_size=8))
def test_passages_are_in_order_apart_and_cover_all_of_the_body(blocks: list[Block]) -> None:
    whole = article(*blocks)
    passages = passages_of(whole)
    spans = sorted([(m.start, m.end) for m in whole.headings] + [(p.start, p.end) for p in passages])
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(whole.text)
        assert whole.text[at:start].strip() == ""
        at = end
    assert whole.text[at:].strip() == ""
    assert [(passage.start, passage.end) for passage in passages] == sorted((p.start, p.end) for p in passages)


@given(st.lists(BLOCKS, min_size=1, max_size=8))
def test_each_passage_lies_in_its_section_and_is_short_enough(blocks: list[Block]) -> None:
    for passage in passages_of(article(*blocks)):
        assert passage.section.start <= passage.start < passage.end <= passage.section.end
        assert passage.text == passage.text.strip()
        assert len(passage.text) // CHARACTERS_A_WORD <= 1.6 * MOST_WORDS
        assert len(passage.text.split()) <= 1.6 * MOST_WORDS


# ---- what is embedded ----------------------------------------------------------------------------------


def embedded(whole: Article, *, with_title: bool = True) -> list[str]:
    return [embedded_text(passage, with_title=with_title) for passage in passages_of(whole)]


def test_the_headline_stands_in_front_of_what_is_embedded_and_not_of_what_is_shown() -> None:
    (passage,) = passages_of(article("Kim came."))
    assert embedded_text(passage, with_title=True) == "Grain deal\nKim came."
    assert passage.text == "Kim came."


def test_a_headline_that_tells_nothing_is_left_out() -> None:
    assert embedded(article("Kim came."), with_title=False) == ["Kim came."]
    assert embedded(article("Kim came.", title="")) == ["Kim came."]


def test_a_marked_heading_stands_in_front_of_every_passage_below_it() -> None:
    first, second = embedded(article(Block("Kyiv", 2), paragraph(*[20] * 10)))
    assert first.startswith("Grain deal\nKyiv\nShips")
    assert second.startswith("Grain deal\nKyiv\nShips")


@pytest.mark.parametrize("head", ["What does Kyiv want?", "How it will work:"])
def test_a_head_inside_the_text_is_put_in_front_of_later_passages_only(head: str) -> None:
    first, second = embedded(article(f"{head} {paragraph(*[20] * 10)}"))
    assert first.count(head.rstrip(":")) == 1
    assert first.startswith(f"Grain deal\n{head} Ships")
    assert second.startswith(f"Grain deal\n{head.rstrip(':')}\nShips")


def test_a_sentence_of_many_megabytes_is_cut_quickly() -> None:
    text = "x" * 12_000_000
    begun = time.monotonic()
    spans = list(_pieces(text, 0, len(text)))
    assert time.monotonic() - begun < 5
    assert "".join(text[start:end] for start, end in spans) == text
    assert max(end - start for start, end in spans) == MOST_WORDS * CHARACTERS_A_WORD
