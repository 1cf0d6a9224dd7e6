"""Pronouns that the turn before explains, and those that it leaves open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.names import Names
from search.pronouns import name_pronouns, parties_in, rewritten

NAMES = Names([("Kim Jong Un", "North Korea"), ("Yoon Suk-yeol", "South Korea")])
KOZLOV = "At Khasan he was met by Alexander Kozlov, the minister for natural resources."
VOSTOCHNY = "At the Vostochny Cosmodrome, a launch site."
ELECTION = "He won ahead of Hou Yu-ih of the Kuomintang and Ko Wen-je of the Taiwan People's Party, with 26.5%."

# The question before, its answer, what was typed then, and what becomes of it.
NAMED = [
    # He and she: the only person of the question, or of the answer to "who?", or who stands first in "X wants from Y".
    ("what does Russia want from Kim?", "", "why did he agree?", "why did Kim agree?"),
    ("what does Modi want from Putin?", "", "what does he get?", "what does Modi get?"),
    (
        "what does Modi want from Putin?",
        "",
        "how much oil does India buy from him?",
        "how much oil does India buy from Putin?",
    ),
    ("who leads Moldova?", "President Maia Sandu remains.", "what are her plans?", "what are Maia Sandu's plans?"),
    ("who greeted Kim?", KOZLOV, "what did he say?", "what did Alexander Kozlov say?"),
    # It and they: who stands first, then the other.
    ("what does Egypt want from Ethiopia?", "", "what does it offer?", "what does Egypt offer?"),
    ("what does China want from Russia?", "", "what did it get from them?", "what did China get from Russia?"),
    ("what does Ethiopia want from Egypt?", "", "why won't they agree?", "why won't Ethiopia agree?"),
    ("what does Guyana want from Maduro?", "", "how large are its reserves?", "how large are Guyana's reserves?"),
    ("what does Russia want from Kim?", "", "does it know its allies?", "does Russia know Russia's allies?"),
    # There.
    ("who led the putsch in Niamey?", "", "how many soldiers are there?", "how many soldiers are in Niamey?"),
    (
        "where did they meet?",
        VOSTOCHNY,
        "what was launched from there?",
        "what was launched from the Vostochny Cosmodrome?",
    ),
    ("who greeted Kim at the Russian border?", KOZLOV, "what was said there?", "what was said at Khasan?"),
    ("what does France want in Chad?", "", "why did Macron go there?", "why did Macron go to Chad?"),
    ("what does Kim want from Russia?", "", "when did he arrive there?", "when did Kim arrive in Russia?"),
]

LEFT = [
    ("who signed the grain deal?", "", "how long does it last?"),
    ("where was the deal signed?", "", "who signed it?"),
    ("what does Turkey want from Sweden?", "", "who promised them?"),
    ("who leads Moldova?", "Mr Recean resigned; President Maia Sandu remains.", "what are her plans?"),
    ("who won the election in Taiwan?", ELECTION, "when does he take office?"),
    ("where did Macron and Putin meet?", "", "what did he say?"),
    ("who overthrew the president?", "West African leaders gave the officers a week.", "where is he now?"),
    ("who met Kim at the Russian border?", "", "what was said there?"),
    ("who saw Kim?", "Kim Jong Un met nobody.", "what did he say?"),
]

STANDING = [
    "why did Modi say he could not sign?",
    "Did the junta say when it would hold elections?",
    "is there a deal between Egypt and Ethiopia?",
    "Will there be an election in Poland?",
    "what is inflation?",
    "",
]


@pytest.mark.parametrize(("before", "answer", "typed", "expected"), NAMED)
def test_a_pronoun_gives_way_to_the_name_that_it_stands_for(before, answer, typed, expected):
    assert name_pronouns(typed, before, answer, NAMES) == (expected, False)


@pytest.mark.parametrize(("before", "answer", "typed"), LEFT)
def test_a_pronoun_that_could_stand_for_several_or_for_what_was_asked_is_left(before, answer, typed):
    assert name_pronouns(typed, before, answer, NAMES) == (typed, True)


@pytest.mark.parametrize("typed", STANDING)
def test_a_pronoun_that_its_own_question_explains_is_left_and_needs_nothing(typed):
    assert name_pronouns(typed, "what does Russia want from Kim?", KOZLOV, NAMES) == (typed, False)


def test_parties_are_states_and_leaders_as_they_are_written():
    text = "what does the IMF want from cairo, and Kim Jong Un from Yoon's government?"
    parties = parties_in(text, NAMES)
    assert [(party.written, party.state, party.person) for party in parties] == [
        ("the IMF", "International Monetary Fund", False),
        ("cairo", "Egypt", False),
        ("Kim Jong Un", "North Korea", True),
        ("Yoon", "South Korea", True),
    ]
    assert all(text[party.start : party.end] == party.written for party in parties)


def test_spans_are_exchanged_wherever_they_stand():
    assert rewritten("abcdef", [(0, 1, "AAA"), (4, 6, "")]) == "AAAbcd"
    assert rewritten("abc", []) == "abc"


PRONOUNS = "he she him his her it its they them their there"
SOME_WORDS = f"{PRONOUNS} from in the The Kim Mr President Russia Niger , ? want who"
WORDS = st.sampled_from(SOME_WORDS.split(" "))
TYPED = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join))


@given(TYPED, TYPED, TYPED)
def test_whatever_is_typed_only_pronouns_change(question, before, answer):
    named, hanging = name_pronouns(question, before, answer, NAMES)
    if not hanging and named == question:
        return
    kept = {word for word in question.split() if word.isalpha() and word.lower() not in PRONOUNS.split()}
    assert kept <= set(named.split())
