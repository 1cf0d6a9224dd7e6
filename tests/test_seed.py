"""The page that the project began with: the questions it was made for find their paragraphs."""

import pytest

from index.build import build
from search.searcher import Searcher


@pytest.fixture(scope="module")
def briefings(tmp_path_factory, shared):
    folder = tmp_path_factory.mktemp("seed") / "index"
    build(folder, [shared / "seed" / "kim-putin.txt"])
    with Searcher.open(folder) as searcher:
        yield searcher


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("what does Russia want from Kim?", ["the Kremlin is reportedly in the market for weapons"]),
        ("what does Kim want from Russia?", ["grain and cheap oil", "advanced rocket technology"]),
        ("Which states has North Korea sold arms to?", ["Syria and Myanmar"]),
    ],
)
def test_the_paragraph_that_answers_comes_first(briefings, question, words):
    best = briefings.search(question)[0].passage.text
    for word in words:
        assert word in best


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("what does Russia want from Kim?", ["in the market for weapons"]),
        ("what does Kim want from Russia?", ["grain and cheap oil", "advanced rocket technology"]),
    ],
)
def test_the_right_sentences_are_quoted_and_no_other(briefings, question, words):
    citations = briefings.ask(question).citations
    assert len(citations) == len(words)
    for citation, word in zip(citations, words, strict=True):
        assert word in citation.quote


def test_captions_credits_and_teasers_are_not_part_of_the_article(briefings):
    text = briefings.store.article("kim-putin.txt").text
    for stranger in ("Reuters", "Maduro", "More from", "Russian President Vladimir Putin and", "Humane", "Trump"):
        assert stranger not in text
    assert text.startswith("Infamous")
    assert text.endswith("great.")


def test_what_the_page_does_not_say_is_refused(briefings):
    assert not briefings.ask("Who won the 2022 World Cup?").answered
