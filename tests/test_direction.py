"""Who does what to whom: the direction of questions and of sentences."""

import json
import time
from pathlib import Path

import pytest

from index.build import build
from index.names import Names
from index.records import Article, Passage, Section
from search.direction import asked_direction, is_of_a_third, passage_direction, sentence_directions
from search.searcher import Searcher

NAMES = Names()
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.mark.parametrize(
    ("question", "relation", "agent", "other"),
    [
        ("what does Russia want from Kim?", "want", "Russia", "North Korea"),
        ("what does kim want from the kremlin", "want", "North Korea", "Russia"),
        ("What is Sweden asking Turkey for?", "want", "Sweden", "Turkey"),
        ("what is Sweden asked for by Turkey?", "want", "Turkey", "Sweden"),
        ("which weapons did the US supply to Ukraine?", "give", "United States", "Ukraine"),
        ("what does India buy from Russia?", "give", "Russia", "India"),
        ("What did Beijing threaten Taipei with?", "threaten", "China", "Taiwan"),
        ("why did Washington sanction Tehran?", "sanction", "United States", "Iran"),
        ("what does Kyiv accuse Moscow of?", "accuse", "Ukraine", "Russia"),
        ("What has Rome promised Tirana?", "promise", "Italy", "Albania"),
    ],
)
def test_a_question_has_a_direction(question, relation, agent, other):
    asked = asked_direction(question, NAMES)
    assert (asked.relation.name, asked.agent, asked.other) == (relation, agent, other)


@pytest.mark.parametrize(
    "question",
    [
        "who fled Karabakh?",
        "what does Russia want?",
        "Russia, Ukraine and Poland want what?",
        "how did Russia and Ukraine vote?",
        "",
    ],
)
def test_a_question_without_two_parties_and_a_relation_has_none(question):
    assert asked_direction(question, NAMES) is None


def directions(*sentences: str, heading: str = "") -> list[float]:
    asked = asked_direction("what does Russia want from North Korea?", NAMES)
    return sentence_directions(sentences, asked, NAMES, heading)


@pytest.mark.parametrize(
    "sentence",
    [
        "The Kremlin wants shells from North Korean depots.",
        "From Pyongyang, Moscow mainly needs artillery.",
        "Moscow's shopping list is long.",
        "Pyongyang was asked for shells.",
        "North Korea should send workers, in Putin's view.",
    ],
)
def test_a_sentence_speaks_for_the_direction_asked(sentence):
    assert directions(sentence)[0] > 0


@pytest.mark.parametrize(
    "sentence",
    [
        "Kim hopes for Russian rocket technology.",
        "In return North Korea wants grain from Moscow.",
        "Pyongyang's price is high.",
        "Russia was asked for grain.",
        "Moscow must pay in oil.",
    ],
)
def test_a_sentence_that_turns_it_around_speaks_against(sentence):
    assert directions(sentence)[0] < 0


def test_a_pronoun_goes_on_with_the_subject_before_it():
    first, second = directions("The Kremlin wants shells.", "It also wants workers.")
    assert first > 0
    assert second > 0
    assert directions("Kim spoke first.", "He asked for grain.")[1] < 0


def test_a_heading_says_whom_a_section_is_about():
    assert directions("It needs shells.", heading="What Moscow is after")[0] > 0
    assert directions("It needs grain.", heading="What Pyongyang is after")[0] < 0


@pytest.mark.parametrize(
    "sentence",
    [
        "Nobody in Moscow wants the rounds.",
        "No one in the Kremlin asked for shells.",
        "None of Putin's men wanted a war with Kim.",
    ],
)
def test_what_nobody_wants_is_told_of_nobody(sentence):
    assert directions(sentence) == [0.0]
    assert directions("Nobody was surprised.", "The Kremlin wants shells.")[1] > 0


@pytest.mark.parametrize(
    ("sentence", "of_a_third"),
    [
        ("Moscow asked Beijing for shells.", True),
        ("Moscow wants shells from the Chinese.", True),
        ("Moscow asked Beijing to send shells to Pyongyang.", False),
        ("Moscow wants China's shells, too.", False),
        ("Moscow wants shells.", False),
    ],
)
def test_what_a_third_party_is_asked_for_is_told_of_that_one(sentence, of_a_third):
    asked = asked_direction("what does Russia want from Kim?", NAMES)
    assert is_of_a_third(sentence, asked, NAMES) is of_a_third


def test_who_asks_a_question_asks_for_nothing():
    asking = "Moscow asked Kim how many wagons there are."
    assert directions(asking)[0] < directions("Moscow asked Kim for wagons.")[0]


def test_sentences_about_neither_say_nothing():
    assert directions("The weather in Lima was mild.") == [0.0]


def test_the_set_of_swapped_pairs_is_whole():
    passages = {json.loads(line)["_id"] for line in (EXAMPLES / "direction-corpus.jsonl").open(encoding="utf-8")}
    questions = [json.loads(line) for line in (EXAMPLES / "direction.jsonl").open(encoding="utf-8")]
    about = [question["metadata"] for question in questions]
    assert len(questions) >= 120
    assert {key for each in about for key in (each["answered_by"], each["not_by"])} == passages
    held = {each["pair"] for each in about if each["split"] == "held"}
    assert len(held) * 3 == len({each["pair"] for each in about})


def test_questions_with_the_parties_exchanged_find_other_passages(tmp_path):
    pair = {
        "russia": "Russia and North Korea met at the port. The Kremlin wants shells and rockets from Kim's depots.",
        "korea": "North Korea and Russia met at the port. Kim wants grain and oil from the Kremlin's stores.",
    }
    lines = [json.dumps({"_id": name, "title": "", "text": text}) for name, text in pair.items()]
    (tmp_path / "pair.jsonl").write_text("\n".join(lines), encoding="utf-8")
    build(tmp_path / "index", [tmp_path / "pair.jsonl"])
    with Searcher.open(tmp_path / "index") as briefings:
        assert briefings.search("what does Moscow want from Pyongyang?")[0].passage.article.article_id == "russia"
        assert briefings.search("what does Pyongyang want from Moscow?")[0].passage.article.article_id == "korea"


def test_a_heading_and_a_title_without_end_do_not_hang():
    endless = "Russia wants grain from Kim, " * 11_000
    asked = asked_direction("what does Russia want from North Korea?", NAMES)
    article = Article("a", endless, "The Kremlin wants shells.")
    passage = Passage(article, Section(endless, "heading", 0, len(article.text)), 0, 0, len(article.text))
    begun = time.monotonic()
    assert passage_direction(passage, asked, NAMES) > 0
    assert time.monotonic() - begun < 5
