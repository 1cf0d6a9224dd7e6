"""Answers quote exactly, cite what they quote, and refuse where nothing fits."""

import io
import json

import pytest
from rich.console import Console

from index.build import build
from search.answer import MOST_TOGETHER, NEARNESS, score_sentences
from search.cues import cue_of
from search.markup import answer_html
from search.render import answer_json, answer_text
from search.searcher import Searcher


@pytest.fixture(scope="module")
def briefings(sample_index):
    with Searcher.open(sample_index) as searcher:
        yield searcher


@pytest.mark.parametrize(
    ("question", "quoted", "article"),
    [
        ("what does Ankara want from Stockholm?", "stop sheltering members", "turkey-sweden-vilnius.md"),
        ("how many people fled Karabakh?", "19,000", "karabakh-exodus.md"),
    ],
)
def test_the_sentence_that_answers_is_quoted(briefings, question, quoted, article):
    answer = briefings.ask(question)
    assert answer.answered
    assert [citation for citation in answer.citations if quoted in citation.quote]
    assert article in {citation.hit.passage.article.article_id for citation in answer.citations}


def test_every_quote_is_its_span_of_the_article_and_whole_sentences(briefings):
    for question in ("who fled Karabakh?", "why do ships avoid the Red Sea?", "what did Niger's generals want?"):
        answer = briefings.ask(question)
        assert answer.answered
        for citation in answer.citations:
            article = briefings.store.article(citation.hit.passage.article.article_id)
            assert citation.quote == article.text[citation.start : citation.end]
            assert citation.sha256 == article.sha256
            assert citation.hit.passage.start <= citation.start < citation.end <= citation.hit.passage.end
            assert citation.quote.rstrip("”\"'")[-1] in ".!?"
        assert [citation.marker for citation in answer.citations] == list(range(1, len(answer.citations) + 1))


def test_sentences_of_one_article_are_in_reading_order(briefings):
    for question in ("what does Ankara want from Stockholm?", "what happened in South Korea?"):
        starts: dict[str, list[int]] = {}
        for citation in briefings.ask(question).citations:
            starts.setdefault(citation.hit.passage.article.article_id, []).append(citation.start)
        assert starts
        assert all(found == sorted(found) for found in starts.values())


@pytest.mark.parametrize(
    "question", ["Who won the 2022 World Cup?", "how do I bake sourdough bread?", "asdf qwer zxcv", "¿?"]
)
def test_a_question_that_the_briefings_do_not_answer_is_refused_with_the_nearest(briefings, question):
    answer = briefings.ask(question)
    assert not answer.answered
    assert answer.citations == ()
    assert answer.text == ""
    assert answer.reason
    assert answer.hits
    assert answer.confidence < 0.4


@pytest.mark.parametrize(
    ("question", "unnamed"),
    [
        ("How many people died in the Morocco earthquake of 2023?", "“Morocco”"),
        ("What does Brazil want from Kim?", "“Brazil”"),
    ],
)
def test_what_no_article_names_is_not_told_of_another_state(briefings, question, unnamed):
    answer = briefings.ask(question)
    assert not answer.answered
    assert unnamed in answer.reason
    assert briefings.ask(question, least_confidence=0.0).answered


def test_an_answer_says_what_no_quoted_article_names(briefings):
    assert briefings.ask("how many people fled Karabakh?").unnamed == ()
    answer = briefings.ask("did Moroccans flee Karabakh with the Armenians, and how many?", least_confidence=0.0)
    assert answer.unnamed == ("Moroccans",)
    note = "No article quoted here names “Moroccans”."
    assert answer.notes == (note,)
    assert answer_json(answer)["unnamed"] == ["Moroccans"]
    assert note in answer_html(answer)
    told = io.StringIO()
    Console(file=told, width=200).print(answer_text(answer))
    assert note in told.getvalue()


def test_a_refusal_names_the_words_that_were_not_found(briefings):
    assert "“sourdough”" in briefings.ask("how do I bake sourdough bread?").reason


def test_a_refusal_says_what_was_found_of_the_question_and_what_was_not(tmp_path):
    (tmp_path / "board.txt").write_text("The board\n\nThe harbour board met for a long time.", encoding="utf-8")
    build(tmp_path / "index", [tmp_path / "board.txt"])
    begun = "Nothing is close enough to the question in the nearest passages: "
    with Searcher.open(tmp_path / "index") as searcher:
        asked = searcher.ask("when did the board of a zebra college burn its library?")
        assert asked.reason == begun + "found: “board”; not found: “zebra”, “college”, “burn”, “library”, a date."
        asked = searcher.ask("how many zebra colleges burned?")
        assert asked.reason == begun + "not found: “zebra”, “colleges”, “burned”, a number."


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("what does Russia want from Kim?", "wish"),
        ("how many people fled?", "number"),
        ("When was the deal signed?", "date"),
        ("who signed it?", "person"),
        ("where did they meet?", "place"),
        ("why did they leave?", "cause"),
        ("tell me about grain", None),
    ],
)
def test_a_question_says_what_kind_of_answer_it_wants(question, kind):
    cue = cue_of(question)
    assert (cue.kind if cue else None) == kind


@pytest.mark.parametrize(
    ("sentence", "tells"),
    [
        ("Moscow is asking for shells.", True),
        ("Moscow asked Kim for what it lacks.", True),
        ("Moscow is asking whether the rounds are elegant.", False),
        ("They are asking how many wagons can be loaded.", False),
        ("Moscow asked Kim how many wagons there are.", False),
        ("Moscow wants to know what Kim can give.", False),
    ],
)
def test_a_wish_is_asked_for_and_what_is_only_inquired_is_none(sentence, tells):
    cue = cue_of("what does Russia want from Kim?")
    assert bool(cue.found.search(sentence)) is tells


def test_what_each_of_two_wants_is_quoted_and_nothing_else(sample_index):
    with Searcher.open(sample_index) as searcher:
        for question, wanted in (
            ("what does Russia want from Kim?", ["shells and rockets", "that request"]),
            ("what does Kim want from Russia?", ["satellite", "submarines"]),
            ("what does Turkey want from Sweden?", ["complaint", "stop sheltering", "lift limits"]),
        ):
            quotes = [citation.quote for citation in searcher.ask(question).citations]
            assert len(quotes) == len(wanted)
            assert all(any(words in quote for quote in quotes) for words in wanted)


def test_text_without_spaces_can_be_quoted(tmp_path):
    text = "中国外交部发言人星期一在北京表示，中方希望欧盟取消对电动汽车征收的关税。双方将继续谈判。"
    (tmp_path / "china.txt").write_text(f"{text}\n", encoding="utf-8")
    build(tmp_path / "index", [tmp_path / "china.txt"])
    with Searcher.open(tmp_path / "index") as searcher:
        answer = searcher.ask("中方希望欧盟取消对电动汽车征收的关税")
    assert answer.answered
    assert "关税" in answer.text


def test_only_sentences_near_the_best_are_quoted_and_no_questions(briefings):
    question = "what does Sweden want from Turkey?"
    asked, hits = briefings.read(question), briefings.search(question)
    scored = score_sentences(briefings.store, briefings.encoder, briefings.names, asked, hits[:5])
    best = max(sentence.score for sentence in scored)
    quoted = {(citation.start, citation.end) for citation in briefings.ask(question).citations}
    assert quoted
    assert all(sentence.score >= best - NEARNESS for sentence in scored if (sentence.start, sentence.end) in quoted)
    assert len(quoted) < min(3, len(scored))
    for question in (
        "what does Pyongyang want in return?",
        "What does Niamey want?",
        "Where did the courage come from?",
    ):
        assert not any(citation.quote.endswith("?") for citation in briefings.ask(question).citations)


DAM = {
    "Alpha Post": "The Kareth dam broke on Thursday. At least 3,000 people lost their homes when the Kareth "
    "dam broke, the governor said.\n\nThe governor, Ilse Brandt, asked the army for boats. In return she offered "
    "soldiers the use of the town hall.",
    "Beta Times": "At least 5,000 people lost their homes when the Kareth dam broke, the governor said. Engineers "
    "blamed a gate that had not been serviced since 2011.",
}


@pytest.fixture(scope="module")
def dam(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dam")
    rows = [{"_id": name, "title": "", "text": text, "metadata": {"source": name}} for name, text in DAM.items()]
    (folder / "dam.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    build(folder / "index", [folder / "dam.jsonl"])
    with Searcher.open(folder / "index") as searcher:
        yield searcher


def test_what_a_quote_leans_on_is_quoted_before_it(dam):
    answer = dam.ask("who offered soldiers the use of the town hall?")
    quotes = [citation.quote for citation in answer.citations]
    leaning = next(place for place, quote in enumerate(quotes) if quote.startswith("In return she"))
    assert quotes[leaning - 1] == "The governor, Ilse Brandt, asked the army for boats."
    assert len(quotes) <= MOST_TOGETHER
    assert sorted(citation.rank for citation in answer.citations) == list(range(1, len(quotes) + 1))


def test_reports_that_are_alike_but_for_a_figure_are_set_beside_one_another(dam):
    answer = dam.ask("how many people lost their homes when the Kareth dam broke?")
    assert {value for each in answer.disagreements for value, _ in each.values} == {"3,000", "5,000"}
