"""A saved answer holds while every quote stands where it did, and whatever else became of one is said."""

import copy
import io
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from index.errors import BriefingsError
from index.store import Store
from search.question import QuestionError
from search.render import answer_json
from search.searcher import Searcher
from search.verify import MOST_BYTES, AnswerFileError, saved_answers, verified_json, verified_text, verify_answer

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "briefings"
QUESTION = "how many people died in the earthquake?"


@pytest.fixture(scope="module")
def store(sample_index):
    with Store.open(sample_index) as opened:
        yield opened


@pytest.fixture(scope="module")
def saved(sample_index):
    """Return the JSON of an answer, as a file holds it; some reports differ from it."""
    with Searcher.open(sample_index) as briefings:
        return json.loads(json.dumps(answer_json(briefings.ask(QUESTION))))


def verified(values, store):
    (answer,) = saved_answers(json.dumps(values).encode())
    return verify_answer(answer, store)


def states(found):
    return [check.state for check in found.checks]


def shown(found):
    page = io.StringIO()
    Console(file=page, width=200, markup=False, highlight=False, emoji=False).print(verified_text(found))
    return page.getvalue()


def claim_of(article, quote):
    """Return the saved answer that quotes these words of an article."""
    start = article.text.index(quote)
    place = {"start": start, "end": start + len(quote), "quote": quote, "sha256": article.sha256}
    citation = {"marker": 1, "article_id": article.article_id, "title": article.title, **place}
    return {"question": "q", "answer": quote, "citations": [citation]}


def test_an_answer_of_this_index_holds_with_all_that_it_quotes(saved, store):
    found = verified(saved, store)
    quotes = len(saved["citations"]) + sum(len(each["also"]) for each in saved["citations"])
    quotes += sum(map(len, saved["disagreements"]))
    assert quotes > len(saved["citations"]) > 0
    assert states(found) == ["holds"] * quotes
    assert found.holds
    assert "[1] holds — " in shown([found])
    assert f"{quotes} of {quotes} citations hold." in shown([found])


def test_quotes_that_back_or_contradict_are_looked_up_too(saved, store):
    citation = saved["citations"][0]
    backed = {**saved, "disagreements": [], "citations": [{**citation, "also": [{**citation, "quote": "Nobody."}]}]}
    backed["answer"] = citation["quote"]
    assert states(verified(backed, store)) == ["holds", "changed"]
    assert "[1] also: changed" in shown([verified(backed, store)])
    differing = {**backed, "citations": [], "answer": "", "disagreements": [[{**citation, "quote": "Nobody."}]]}
    assert "reports differ: changed" in shown([verified(differing, store)])


@pytest.fixture
def reindexed(tmp_path, build_with_letters):
    """Return a function that indexes copied .txt samples after one of them was changed, and opens the index."""
    opened = []

    def make(change):
        folder = tmp_path / f"articles-{len(opened)}"
        folder.mkdir()
        for path in EXAMPLES.glob("*.txt"):
            shutil.copy(path, folder)
        path = folder / "quake-antakya-anger.txt"
        before = path.read_text(encoding="utf-8")
        after = change(before)
        path.write_text(after, encoding="utf-8") if after else path.unlink()
        index = tmp_path / f"index-{len(opened)}"
        build_with_letters(index, [folder], model="letters")
        opened.append(Store.open(index))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


QUOTE = "At least 11,000 people are now known to have died"


@pytest.mark.parametrize(
    ("change", "state", "moved"),
    [
        (lambda text: text, "holds", 0),
        (lambda text: text.replace("11,000 people", "11,001 people"), "changed", None),
        (lambda text: text.rstrip() + "!\n", "holds, article changed", 0),
        (lambda text: text.replace("At least 11,000", "  Now: At least 11,000"), "moved", len("Now: ")),
        (lambda text: "", "gone", None),
    ],
    ids=["same", "one character of the quote", "one character elsewhere", "a word before", "no article"],
)
def test_one_changed_character_of_an_article_is_seen(reindexed, change, state, moved):
    old = reindexed(lambda text: text).article("quake-antakya-anger.txt")
    start = old.text.index(QUOTE)
    found = verified(claim_of(old, QUOTE), reindexed(change))
    assert states(found) == [state]
    assert found.holds == (state == "holds")
    at = None if moved is None else (start + moved, start + moved + len(QUOTE))
    assert found.checks[0].at == at
    assert found.checks[0].title == old.title
    told = f"moved to {at[0]}-{at[1]}" if state == "moved" else state
    assert f"[1] {told} — {old.title}" in shown([found])
    (citation,) = verified_json(found)["citations"]
    assert citation["state"] == state
    assert citation["now"] == (at and {"start": at[0], "end": at[1]})


def test_a_quote_or_offset_that_was_altered_in_the_file_does_not_hold(saved, store):
    article = store.article(saved["citations"][0]["article_id"])
    last = article.text[-20:]
    for altered in (
        {"quote": last.upper()},
        {"start": len(article.text) - 21},
        {"end": len(article.text) + 1},  # a slice would be cut short to the quote
        {"start": 10**30, "end": 10**30 + 20},
        {"start": len(article.text), "end": 0},
    ):
        values = claim_of(article, last)
        values["citations"][0].update(altered)
        values["answer"] = values["citations"][0]["quote"]
        found = verified(values, store)
        assert states(found) == ["changed"]
        assert not found.holds
        assert "the quote or its offsets were altered" in shown([found])


@pytest.mark.parametrize("cut", [{"answer": "The minister resigned."}, {"citations": [], "disagreements": []}])
def test_words_that_no_citation_stands_for_do_not_hold(saved, store, cut):
    found = verified({**saved, **cut}, store)
    assert set(states(found)) <= {"holds"}
    assert not found.holds
    assert "is not its quotes" in shown([found])


def test_a_refusal_has_nothing_to_check_and_holds(sample_index, store):
    with Searcher.open(sample_index) as briefings:
        found = verified(answer_json(briefings.ask("Who won the 2022 World Cup?")), store)
    assert found.holds
    assert found.checks == ()
    assert "is a refusal, and there is nothing to check" in shown([found])


def test_a_batch_is_one_answer_a_line_whatever_its_strings_hold(saved, store):
    refusal = {"_id": "q2", "question": "one\u2028two", "answer": "", "citations": []}
    lines = [json.dumps({"_id": "q1", **saved}), "", json.dumps(refusal, ensure_ascii=False)]
    answers = saved_answers(("\ufeff" + "\r\n".join(lines) + "\n").encode())
    assert [answer.question for answer in answers] == [saved["question"], "one two"]
    assert all(verify_answer(answer, store).holds for answer in answers)


def test_titles_and_questions_of_a_file_are_shown_as_plain_text(saved, store):
    citation = {**saved["citations"][0], "article_id": "none", "title": "[red]a\x1b[31m\nb\u202e"}
    values = {**saved, "question": "[b]q\x1b[0m", "answer": citation["quote"], "citations": [citation]}
    page = shown([verified(values, store)])
    assert "[1] gone — [red]a [31m b" in page
    assert "[b]q [0m" in page
    assert "\x1b" not in page
    assert "\u202e" not in page


CITATION = {"marker": 1, "article_id": "a", "title": "t", "start": 0, "end": 1, "quote": "x", "sha256": "0" * 64}
ANSWER = {"question": "q", "answer": "x", "citations": [CITATION]}


def without(values, name):
    return {key: value for key, value in values.items() if key != name}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"1" * 5_000, "is not JSON"),
        (b"\xff\xfe{\x00", "is not UTF-8"),
        (b" " * (MOST_BYTES + 1), "more than 50 MB"),
        (b"[]", "is not a JSON object"),
        (b"3", "is not a JSON object"),
        (b"{}", '"citations"'),
        (json.dumps(ANSWER).encode() + b"\n{", "line 2 is not JSON"),
        (json.dumps(ANSWER).encode() + b"\n[]", "line 2 is not a JSON object"),
        *((json.dumps(without(ANSWER, name)).encode(), f'"{name}"') for name in ANSWER),
        *((json.dumps({**ANSWER, "citations": [without(CITATION, n)]}).encode(), f'1 has no.*"{n}"') for n in CITATION),
        *(
            (json.dumps({**ANSWER, "citations": [{**CITATION, name: value}]}).encode(), f'"{name}"')
            for name in ("marker", "start", "end")
            for value in (-1, True, 1.0, "1", None, [1])
        ),
        (json.dumps({**ANSWER, "citations": [{**CITATION, "marker": 0}]}).encode(), "from 1 up"),
        (json.dumps({**ANSWER, "citations": [{**CITATION, "quote": ""}]}).encode(), "empty quote"),
        (json.dumps({**ANSWER, "citations": [{**CITATION, "quote": "\ud800"}]}).encode(), '"quote"'),
        (json.dumps({**ANSWER, "citations": [{**CITATION, "article_id": "\ud800"}]}).encode(), '"article_id"'),
        (json.dumps({**ANSWER, "citations": [{**CITATION, "sha256": "0"}]}).encode(), "64 hex digits"),
        (json.dumps({**ANSWER, "citations": [{**CITATION, "also": 1}]}).encode(), '"also"'),
        (json.dumps({**ANSWER, "citations": [{**CITATION, "also": [1]}]}).encode(), "not a JSON object"),
        (json.dumps({**ANSWER, "citations": [3]}).encode(), "citation 1 is not a JSON object"),
        (json.dumps({**ANSWER, "disagreements": [3]}).encode(), '"disagreements"'),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_what_is_no_answer_is_one_clear_error(content, words):
    with pytest.raises(AnswerFileError, match=words) as caught:
        saved_answers(content)
    assert isinstance(caught.value, QuestionError)  # the command then exits with 2
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CITATION, "also"]), inner),
    max_leaves=8,
)


@given(data=st.data(), value=JSON)
def test_a_mangled_answer_is_an_error_or_is_checked(saved, store, data, value):
    values = copy.deepcopy(saved)
    citation = data.draw(st.sampled_from([*values["citations"], *values["disagreements"][0]]))
    place = data.draw(st.sampled_from([values, citation]))
    place[data.draw(st.sampled_from([*ANSWER, *CITATION, "also", "disagreements"]))] = value
    try:
        (answer,) = saved_answers(json.dumps(values).encode())
    except BriefingsError:
        return
    found = verify_answer(answer, store)
    shown([found])
    json.dumps(verified_json(found))
    for check in found.checks:
        if check.state == "holds":
            article = store.article(check.claim.article_id)
            assert article.text[check.claim.start : check.claim.end] == check.claim.quote
            assert article.sha256 == check.claim.sha256


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\01eN\n', max_size=60).map(str.encode))
def test_any_bytes_are_an_error_or_answers(content):
    try:
        assert saved_answers(content)
    except BriefingsError as error:
        assert "\n" not in str(error)
