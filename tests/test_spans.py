"""The words that answer within a quote, for questions that ask for a number, a day or a person."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.lexical import Lexical, LexicalRow, write_lexical
from search.searcher import Searcher
from search.spans import answer_span

SENTENCES = (
    "By Tuesday night 19,000 people had crossed the bridge, and 40 buses were on their way.",
    "The ministry put the cost of the dam at $4.2 billion, a third more than in 2019.",
    "Turnout reached 61 per cent, the highest in two decades.",
    "Between 30 and 50 of the trucks, or 12 to 15 a day, turned back.",
    "The bridge was closed on 4 March 2024 and opened again in June.",
    "The petition was filed by Amara Diallo, a schoolteacher from the port.",
)


@pytest.fixture(scope="module")
def lexical(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spans")
    write_lexical(folder, [LexicalRow(number, "", "", text, 0, "") for number, text in enumerate(SENTENCES)])
    return Lexical(folder)


@pytest.mark.parametrize(
    ("question", "sentence", "span"),
    [
        ("how many people crossed the bridge?", 0, "19,000"),
        ("how many buses were sent?", 0, "40"),
        ("how much does the dam cost?", 1, "$4.2 billion"),
        ("what share turned out?", 2, "61 per cent"),
        ("how many trucks turned back a day?", 3, "12 to 15"),
        ("when was the bridge closed?", 4, "4 March 2024"),
        ("who filed the petition?", 5, "Amara Diallo"),
        ("when was the petition filed?", 5, None),
        ("why was the bridge closed?", 4, None),
        ("what does the ministry want?", 1, None),
        ("was the bridge closed in 2024?", 4, None),
    ],
)
def test_the_span_is_what_the_question_asks_for(lexical, question, sentence, span):
    found = answer_span(question, SENTENCES[sentence], lexical)
    assert (SENTENCES[sentence][slice(*found)] if found else None) == span


def test_what_the_question_says_is_no_answer_to_it(lexical):
    assert answer_span("who is Amara Diallo?", SENTENCES[5], lexical) is None


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(("how many?", "when was it?", "who did it?", "what share of it?")),
    st.text(max_size=80) | st.lists(st.sampled_from(("3", "May", "A.", "The", "$", "%", " to ", "’s"))).map("".join),
)
def test_a_span_lies_within_any_sentence(lexical, question, sentence):
    found = answer_span(question, sentence, lexical)
    assert found is None or 0 <= found[0] < found[1] <= len(sentence)


def test_an_answer_marks_the_span_in_its_quote(sample_index):
    with Searcher.open(sample_index) as briefings:
        citations = briefings.ask("how many people fled Karabakh?").citations
    (number,) = [citation for citation in citations if "19,000" in citation.quote]
    start, end = number.span
    assert number.start <= start < end <= number.end
    assert number.hit.passage.article.text[start:end] == "19,000"


def test_spans_of_long_lists_of_numbers_are_found_in_time(lexical):
    assert answer_span("how many people?", "9 people, " + "7 trucks, " * 400, lexical) == (0, 1)
