"""Names that a question spells otherwise than the articles: what is offered, and where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from search.searcher import Searcher
from search.spelling import as_respelled, respelled


@pytest.fixture(scope="module")
def briefings(sample_index: Path) -> Iterator[Searcher]:
    with Searcher.open(sample_index) as searcher:
        yield searcher


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("what does Putn want from Kim?", "what does Putin want from Kim?"),
        ("what does putn want?", "what does Putin want?"),
        ("What does Zelenskiy’s office say?", "What does Zelensky’s office say?"),
        ("who is sergei shoygu?", "who is sergei Shoigu?"),
        ("what did Vardanian do in Karabagh?", "what did Vardanyan do in Karabakh?"),
        ("Volodimir Zelenskij", "Volodymyr Zelensky"),
        ("the quakes in Turky", "the quakes in Turkey"),
    ],
)
def test_a_name_that_no_article_has_is_offered_as_they_spell_it(
    briefings: Searcher, question: str, offered: str
) -> None:
    words = respelled(briefings.store, briefings.names, question)
    assert as_respelled(question, words) == offered
    assert all(question[word.start : word.end] == word.written for word in words)


@pytest.mark.parametrize(
    "question",
    [
        "what did Erdoğan demand of Sweden?",  # the articles write Erdogan, which is found as it is
        "what did Kim Jong-un say?",
        "how do I bake sourdough bread?",  # not Baku
        "who is presidnet of Iran?",  # a word, no name
        "will Arsenal beat Chelsea on Saturday?",
        "?!",
        "<script> $5 \udc80",
    ],
)
def test_nothing_is_offered_for_what_is_there_or_is_like_no_name(briefings: Searcher, question: str) -> None:
    assert respelled(briefings.store, briefings.names, question) == []
