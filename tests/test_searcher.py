"""The one object in front of the index: its answers, its filters, its errors."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from index.errors import IndexFolderError
from search.question import QuestionError
from search.searcher import MOST_QUESTION_CHARACTERS, Searcher


@pytest.fixture(scope="module")
def briefings(sample_index):
    with Searcher.open(sample_index) as searcher:
        yield searcher


def test_hits_are_ranked_and_their_text_is_the_articles_own(briefings):
    hits = briefings.search("who fled Karabakh?", k=5)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        passage = hit.passage
        assert passage.text == passage.article.text[passage.start : passage.end]
        assert briefings.store.article(passage.article.article_id).text == passage.article.text
    assert hits[0].passage.article.article_id.startswith("karabakh")


def test_days_may_be_text_or_dates_and_are_inclusive(briefings):
    day = briefings.search("grain", k=1)[0].passage.article.published
    for bound in (day, date.fromisoformat(day)):
        found = briefings.search("grain", k=20, since=bound, until=bound)
        assert {hit.passage.article.published for hit in found} == {day}


def test_sources_are_compared_without_regard_to_case(briefings):
    found = briefings.search("who wants what?", k=20, source="the harbour wire")
    assert {hit.passage.article.source for hit in found} == {"The Harbour Wire"}
    both = briefings.search("who wants what?", k=40, source=["The Harbour Wire", "Northern Desk"])
    assert {hit.passage.article.source for hit in both} == {"The Harbour Wire", "Northern Desk"}


@pytest.mark.parametrize(
    ("call", "word"),
    [
        ({"question": "   "}, "empty"),
        ({"question": "x" * (MOST_QUESTION_CHARACTERS + 1)}, "shorten"),
        ({"question": "grain", "k": 0}, "ask for 1 to"),
        ({"question": "grain", "since": "last week"}, "2023-09-13"),
        ({"question": "grain", "since": "2024-01-02", "until": "2024-01-01"}, "swap"),
        ({"question": "grain", "source": "Nobody's Gazette"}, "Northern Desk"),
    ],
)
def test_a_question_that_cannot_be_searched_says_what_to_do(briefings, call, word):
    question = call.pop("question")
    with pytest.raises(QuestionError, match=word) as caught:
        briefings.search(question, **call)
    assert "\n" not in str(caught.value)


def test_query_syntax_is_only_words(briefings):
    for question in ('title:"', "AND OR NOT (", "a* ~2 [1 TO 5]", "body:grain^9", "\\", "💥 \x00 \u202e"):
        assert isinstance(briefings.search(question), list)


def test_articles_are_ranked_once_each_by_their_best_passage(briefings):
    ranked = briefings.rank_articles("what does Ankara want from Stockholm?", depth=10)
    ids = [article_id for article_id, _ in ranked]
    assert len(ids) == len(set(ids)) == 10
    assert ids[0] == "turkey-sweden-vilnius.md"
    best = briefings.search("what does Ankara want from Stockholm?", k=1)[0]
    assert ranked[0][1] == pytest.approx(best.score)


def test_asking_changes_no_file(sample_index):
    def digests():
        return {
            path.relative_to(sample_index): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sample_index.rglob("*")
            if path.is_file()
        }

    before = digests()
    with Searcher.open(sample_index) as searcher:
        searcher.ask("what does Russia want from Kim?")
    assert digests() == before


def test_threads_share_one_searcher_and_get_the_same_answers(briefings):
    questions = ["who fled Karabakh?", "what does Russia want from Kim?", "why did the pound fall?"] * 8
    alone = {question: briefings.ask(question).text for question in set(questions)}
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda question: briefings.ask(question).text, questions))
    assert together == [alone[question] for question in questions]


def test_a_folder_without_an_index_says_how_to_make_one(tmp_path):
    with pytest.raises(IndexFolderError, match="briefings index"):
        Searcher.open(tmp_path / "nothing-here")


def test_a_question_needs_neither_torch_nor_sentence_transformers(sample_index):
    code = f"""
import sys
from search.searcher import Searcher
with Searcher.open({str(sample_index)!r}) as briefings:
    assert briefings.ask("what does Russia want from Kim?").answered
print(sorted({{"torch", "sentence_transformers", "transformers", "streamlit"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
