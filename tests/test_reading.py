"""What stands around a passage, which words match, and the outline of an article."""

from hypothesis import given
from hypothesis import strategies as st

from index.lexical import Lexical, LexicalRow, write_lexical
from index.records import Article, Heading, Passage, Section
from search.passage_markup import article_html
from search.reading import MOST_AROUND, around, matched_words, outline_of


def passage(text: str, start: int, end: int) -> Passage:
    return Passage(Article("a", "A", text), Section("", "lead", 0, len(text)), 0, start, end)


def test_what_stands_around_a_passage_is_the_text_next_to_it():
    text = "First.\n\nSecond here.\n\nThird."
    assert around(passage(text, 8, 20)) == ("First.", "Third.")
    assert around(passage(text, 0, len(text))) == ("", "")


def test_long_surroundings_are_cut_at_a_paragraph_or_a_word():
    words = "word " * 300
    before, behind = around(passage(f"{words}\n\nNear.\n\nHere.\n\nBehind.\n\n{words}", 1509, 1514))
    assert before == "Near."
    assert behind.startswith("Behind.")
    before, behind = around(passage(f"{words}Here. {words}", 1500, 1505))
    assert before.startswith("… word")
    assert behind.endswith("word …")


@given(st.text(max_size=60).map(lambda text: text * 30), st.integers(0, 1800), st.integers(0, 1800))
def test_no_more_is_shown_than_stands_there(text, one, other):
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    before, behind = around(passage(text, start, end))
    assert len(before) <= MOST_AROUND + 2
    assert len(behind) <= MOST_AROUND + 2


def test_words_match_in_any_form_and_stop_words_do_not(tmp_path):
    write_lexical(tmp_path, [LexicalRow(1, "", "", "the ministers wanted rockets", 0, "")])
    text = "The minister wants a rocket from the others."
    found = matched_words("what do the ministers want?", text, Lexical(tmp_path))
    assert [text[start:end] for start, end in found] == ["minister", "wants"]


def test_an_article_has_its_outline_and_leads_to_each_head():
    text = "Lead here.\n\nHead one\n\nBody one.\n\nHead <two>\n\nBody two."
    first, second = text.index("Head one"), text.index("Head <two>")
    article = Article("a", "A", text, (Heading(first, first + 8, 2), Heading(second, second + 10, 2)))
    assert [head.heading for head in outline_of(article)] == ["Head one", "Head <two>"]
    html = article_html(article, (), (first, second))
    for head in outline_of(article):
        assert f'href="#bf-at-{head.start}"' in html
        assert f'id="bf-at-{head.start}"' in html
    assert '<span class="bf-strong">Head &lt;two&gt;</span>' in html
    assert "<two>" not in html
