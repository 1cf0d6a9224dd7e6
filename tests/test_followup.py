"""Questions that lean on the one before them, and those that do not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.names import Names
from search.cues import cue_of
from search.followup import MOST_CHARACTERS, Turn, complete, stands_alone, without_topic
from search.searcher import MOST_QUESTION_CHARACTERS, Searcher

NAMES = Names([("Kim Jong Un", "North Korea"), ("Yoon Suk-yeol", "South Korea")])

# The question before, its answer, what was typed then, and what is searched for.
COMPLETED = [
    # The other party.
    ("what does Russia want from Kim?", "", "and what does Kim get?", "and what does Kim get from Russia?"),
    ("What does the IMF want from Egypt?", "", "and what does Cairo get?", "and what does Cairo get from the IMF?"),
    ("what does China want from Russia?", "", "and what does India want?", "and what does India want from Russia?"),
    ("what does Iran want from Oman?", "", "but what does Oman offer?", "but what does Oman offer to Iran?"),
    (
        "what does Russia want from Kim?",
        "",
        "so what does Kim ask in return?",
        "so what does Kim ask in return from Russia?",
    ),
    # What about X, and from X?
    ("what does Sweden want from NATO?", "", "what about Turkey?", "what does Turkey want from NATO?"),
    ("what does Turkey want from Washington?", "", "and from Beijing?", "what does Turkey want from Beijing?"),
    ("what does Russia want from Kim?", "", "what about Kim?", "what does Kim want from Russia?"),
    ("what does Russia want from Kim?", "", "And from Moscow?", "what does Kim want from Moscow?"),
    ("What do the Saudis ask of Israel?", "", "and of the Americans?", "What do the Saudis ask of the Americans?"),
    ("when did Finland join Nato?", "", "how about Sweden?", "when did Sweden join Nato?"),
    ("what does the EU want from China?", "", "and the US?", "what does the US want from China?"),
    ("what does Serbia want from the EU?", "", "and from the IMF?", "what does Serbia want from the IMF?"),
    ("How many American soldiers were in Niger?", "", "and in Chad?", "How many American soldiers were in Chad?"),
    ("what does Putin want from Turkey?", "", "what about Erdogan?", "what does Erdogan want from Putin?"),
    ("what were Niger's demands?", "", "and Mali?", "what were Mali's demands?"),
    ("who fled Karabakh in 2020?", "", "and in 2023?", "who fled Karabakh in 2023?"),
    (
        "how many died in the quake?",
        "More than 5,000.",
        "and what about the children?",
        "and what about the children (died in the quake)?",
    ),
    # Pronouns: a name, else what was asked about.
    ("what does Egypt want from Ethiopia?", "", "what does it offer?", "what does Egypt offer to Ethiopia?"),
    (
        "what does Ethiopia want from Egypt?",
        "",
        "why won't they agree?",
        "why won't Ethiopia agree (Ethiopia want from Egypt)?",
    ),
    (
        "who led the putsch in Niamey?",
        "Two days later General Abdourahamane Tchiani, commander of the guard, appeared on television.",
        "why did he do it?",
        "why did Abdourahamane Tchiani do it (led the putsch in Niamey)?",
    ),
    (
        "where was the grain agreement signed?",
        "In Istanbul.",
        "who signed it?",
        "who signed it (the grain agreement signed)?",
    ),
    (
        "how long does the grain deal last?",
        "It runs for 120 days.",
        "which ports does it cover?",
        "which ports does it cover (the grain deal last)?",
    ),
    (
        "who declared martial law in South Korea?",
        "",
        "how long did it last?",
        "how long did it last (declared martial law in South Korea)?",
    ),
    (
        "how many French troops are in Niger?",
        "",
        "when will they leave?",
        "when will they leave (French troops are in Niger)?",
    ),
    (
        "what set off the unrest in Kazakhstan?",
        "",
        "how many people died?",
        "how many people died (set off the unrest in Kazakhstan)?",
    ),
    ("who leads Niger?", "", "and why did Chad agree?", "and why did Chad agree (leads Niger)?"),
    # That, and bare question words.
    ("who signed the grain deal?", "", "when was that?", "when was that (signed the grain deal)?"),
    ("who signed the grain deal?", "", "why?", "why (signed the grain deal)?"),
    ("who signed the grain deal?", "", "When", "When (signed the grain deal)?"),
    ("when was that (signed the grain deal)?", "", "and where?", "and where (signed the grain deal)?"),
    ("who fled Karabakh?", "", "how many died?", "how many died (fled Karabakh)?"),
    ("which ship was hijacked in the Red Sea?", "", "by whom?", "by whom (ship was hijacked in the Red Sea)?"),
    ("why did Japan end its export curbs?", "", "who said that?", "who said that (Japan end its export curbs)?"),
    ("when does Poland vote?", "", "and then?", "and then (Poland vote)?"),
    ("where did Kurti and Vucic meet?", "", "what was agreed?", "what was agreed (Kurti and Vucic meet)?"),
]

# The question before, and one that stands by itself.
KURTI = "where did Kurti and Vucic meet?"
STANDING = [
    "what does Russia want from Kim?",
    "and what does Sweden want from Turkey?",
    "how many Armenians fled Nagorno-Karabakh?",
    "and why did the central bank raise interest rates?",
    "so how big is the Essequibo region?",
    "why did Modi say he could not sign?",
    "why did the Swedes give up their neutrality",
    "Why won't Ukraine sweep all its naval mines?",
    "is there a deal between Egypt and Ethiopia?",
    "Will there be an election in Poland?",
    "who leads Niger?",
    "and who leads Niger?",
    "what is inflation?",
    "who was Bazoum?",
    "Did the junta say when it would hold elections?",
    "when did Kim say that he would visit Moscow?",
    "Which vessel was hijacked by helicopter in November 2023?",
    "What was Zelensky's reaction to the Indian leader hugging Putin?",
    "how is the harvest in the south this year?",
    "earthquake",
    "",
    "???",
]


@pytest.mark.parametrize(("before", "answer", "typed", "searched_for"), COMPLETED)
def test_a_question_that_leans_on_the_one_before_is_completed(
    before: str, answer: str, typed: str, searched_for: str
) -> None:
    assert complete(typed, Turn(before, answer), NAMES) == searched_for


@pytest.mark.parametrize("question", STANDING)
def test_a_question_that_stands_by_itself_stays(question: str) -> None:
    assert complete(question, Turn(KURTI, "In the lakeside town of Ohrid."), NAMES) == question


@pytest.mark.parametrize("question", [row[2] for row in COMPLETED])
@pytest.mark.parametrize("previous", [None, Turn("", ""), Turn(" ?", "Some answer.")])
def test_without_a_question_before_every_question_stays(question: str, previous: Turn | None) -> None:
    assert complete(question, previous, NAMES) == question


def test_a_completed_question_asks_for_the_same_kind_of_answer() -> None:
    for before, _, typed in [(row[0], row[1], row[2]) for row in COMPLETED if row[3].endswith(")?")]:
        asked = cue_of(typed)
        found = cue_of(complete(typed, Turn(before, ""), NAMES))
        if asked and "want" not in before:
            assert found == asked, (before, typed)


def test_a_third_turn_can_build_on_a_completed_second() -> None:
    second = complete("and what does Kim get?", Turn("what does Russia want from Kim?", ""), NAMES)
    assert second == "and what does Kim get from Russia?"
    assert complete("and from China?", Turn(second, ""), NAMES) == "and what does Kim get from China?"
    when = complete("when was that?", Turn("who signed the grain deal?", ""), NAMES)
    where = complete("where was that?", Turn(when, ""), NAMES)
    assert where == "where was that (signed the grain deal)?"


def test_the_limit_is_the_searchers() -> None:
    assert MOST_CHARACTERS == MOST_QUESTION_CHARACTERS


def test_what_is_carried_over_is_cut_before_the_question_is() -> None:
    before = Turn("who signed the grain deal in Istanbul?", "")
    assert complete("when was that?", before, NAMES, most_characters=40) == "when was that (signed the grain deal)?"
    assert complete("when was that?", before, NAMES, most_characters=38) == "when was that (signed the grain deal)?"
    assert complete("when was that?", Turn("who signed?", ""), NAMES, most_characters=20) == "when was that?"
    whole = complete("why?", Turn(f"who signed {'very ' * 790}dull?", ""), NAMES)
    assert len(whole) <= MOST_CHARACTERS
    assert whole.startswith("why (signed very very")


SOME_WORDS = (
    "and but what about how why when who does did is was want from Kim Russia the EU it he they their there that get"
    " grain deal signed ( ) ? , . 2022 in Niamey Mr İ ’s\u00a0the"
)
WORDS = st.sampled_from(SOME_WORDS.split(" "))
TYPED = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join))


@given(TYPED, TYPED, TYPED)
def test_nothing_typed_is_too_odd(question: str, before: str, answer: str) -> None:
    whole = complete(question, Turn(before, answer), NAMES, most_characters=60)
    assert whole == question or len(whole) <= 60


@given(TYPED)
def test_a_first_question_is_never_changed(question: str) -> None:
    once = complete(question, None, NAMES)
    assert once == question
    assert complete(once, None, NAMES) == once


@pytest.fixture(scope="module")
def briefings(sample_index: Path) -> Iterator[Searcher]:
    with Searcher.open(sample_index) as searcher:
        yield searcher


@pytest.mark.parametrize(
    ("first", "then", "article"),
    [
        ("who signed the grain deal?", "when was that?", "black-sea-grain-deal.txt"),
        ("what does Russia want from Kim?", "and what does Kim get?", "kim-putin-vostochny.md"),
        ("what does Sweden want from Turkey?", "what about Turkey?", "turkey-sweden-vilnius.md"),
        ("What does the IMF want from Egypt?", "and what does it give in return?", "egypt-pound-float.txt"),
        ("what does Belgrade want from Kosovo?", "why did they refuse?", "ohrid-serbia-kosovo.md"),
        ("where did Maduro meet Guyana's president?", "what was agreed?", "venezuela-guyana-argyle.html"),
        ("when are french troops due to leave Niger", "why?", "france-leaves-niger.txt"),
        ("Which vessel was hijacked by helicopter?", "by whom?", "red-sea-shipping-attacks.html"),
        ("Who commanded the troops under Yoon's decree?", "how did it end?", "south-korea-martial-law.html"),
        ("what does Modi want from Putin?", "what does he get?", "modi-putin-moscow.md"),
        ("What does the EU want from China on cars?", "and what does China want?", "eu-china-ev-duties.md"),
    ],
)
def test_a_conversation_finds_what_its_second_question_alone_does_not(
    briefings: Searcher, first: str, then: str, article: str
) -> None:
    previous = Turn(first, briefings.ask(first).text)
    searched_for = complete(then, previous, briefings.names)
    assert briefings.search(searched_for, k=1)[0].passage.article.article_id == article
    assert briefings.search(then, k=1)[0].passage.article.article_id != article


@pytest.mark.parametrize(
    ("question", "bare"),
    [
        ("when was that (signed the grain deal)?", "when was that?"),
        ("when was that (signed the grain deal)", "when was that"),
        ("what did the WTO (in Geneva) say?", "what did the WTO (in Geneva) say?"),
        ("(signed the grain deal)?", "(signed the grain deal)?"),
        ("who signed it?", "who signed it?"),
    ],
)
def test_the_topic_in_brackets_is_not_what_is_asked(question, bare):
    assert without_topic(question) == bare


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("What does the IMF want from Cairo?", True),
        ("Why did Twitter go quiet?", True),
        ("And what did France want from Niamey?", False),
        ("What about Syria?", False),
        ("Why now?", False),
    ],
)
def test_a_question_that_leans_on_another_is_no_first_one(question: str, alone: bool) -> None:
    assert stands_alone(question, NAMES) is alone
