"""Names of states, their capitals, demonyms, seats of government and leaders."""

import time

import pytest

from index.names import Names, people_in

NAMES = Names()


def states(text: str, *, typed: bool = False, names: Names = NAMES) -> list[tuple[str, str]]:
    return [(text[mention.start : mention.end], mention.state) for mention in names.mentions(text, typed=typed)]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("Moscow", "Russia"),
        ("the Kremlin", "Russia"),
        ("Russians", "Russia"),
        ("Putin", "Russia"),
        ("Pyongyang", "North Korea"),
        ("North Korean", "North Korea"),
        ("Kim Jong Un", "North Korea"),
        ("Downing Street", "United Kingdom"),
        ("the Élysée", "France"),
        ("Beijing", "China"),
        ("the White House", "United States"),
        ("U.S", "United States"),
        ("Turks", "Turkey"),
        ("Türkiye", "Turkey"),
        ("Swedes", "Sweden"),
        ("Brussels", "European Union"),
        ("Nato", "NATO"),
        ("Kyiv", "Ukraine"),
        ("Belgrade", "Serbia"),
        ("Erdoğan", "Turkey"),
    ],
)
def test_many_names_are_one_state(name, state):
    found = NAMES.mentions(f"They heard from {name} yesterday.")
    assert [mention.state for mention in found] == [state]


def test_the_longest_name_wins_and_possessives_are_marked():
    text = "South Korea's envoy met North Korea’s leader and the Saudis' prince in Abu Dhabi."
    found = NAMES.mentions(text)
    assert [mention.state for mention in found] == [
        "South Korea", "North Korea", "Saudi Arabia", "United Arab Emirates",
    ]  # fmt: skip
    assert [mention.possessive for mention in found] == [True, True, True, False]


def test_a_possessive_behind_an_abbreviation_is_part_of_the_name():
    (found,) = NAMES.mentions("The U.K.'s next envoy spoke.")
    assert (found.start, found.end, found.state, found.possessive) == (4, 10, "United Kingdom", True)


def test_words_in_lower_case_are_names_only_where_a_person_types():
    assert states("They roasted a turkey on china plates and told us.") == []
    assert states("what does turkey want from sweden?", typed=True) == [("turkey", "Turkey"), ("sweden", "Sweden")]
    assert states("what did they tell us about polish jam?", typed=True) == [("polish", "Poland")]
    assert states("The US and the UN met.") == [("US", "United States"), ("UN", "United Nations")]


@pytest.mark.parametrize(
    ("text", "person", "state"),
    [
        ("Zamonian President Ada Berg spoke.", None, None),
        ("Norwegian Prime Minister Kari Holm spoke.", "Holm", "Norway"),
        ("Norway's prime minister, Kari Holm, spoke.", "Holm", "Norway"),
        ("Kari Holm, Norway's foreign minister, spoke.", "Holm", "Norway"),
        ("President Kari Holm of Norway spoke.", "Holm", "Norway"),
        ("North Korea's leader Pak Jin Su spoke.", "Pak", "North Korea"),
        ("Norwegian Prime Minister Kari Holm Monday told reporters.", "Holm", "Norway"),
        ("British Prime Minister Theresa May left.", "May", "United Kingdom"),
        ("Norwegian Prime Minister Kari Holm's plane left.", "Holm", "Norway"),
        ("U.S. President Ada Berg spoke.", "Berg", "United States"),
        ("Ada Berg, the U.S. secretary of state, spoke.", "Berg", "United States"),
    ],
)
def test_articles_say_who_leads_whom(text, person, state):
    found = dict(people_in(text))
    assert found.get(person) == state
    if person:
        assert states(f"{person} wants grain.", names=Names(found.items())) == [(person, state)]


@pytest.mark.parametrize("day", ["Monday", "Thursday", "September", "May 5"])
def test_the_day_behind_a_name_is_no_part_of_it(day):
    assert dict(people_in(f"Norwegian Prime Minister Kari Holm {day} told reporters.")) == {
        "Kari Holm": "Norway",
        "Holm": "Norway",
    }


def test_what_the_articles_say_of_a_leader_goes_before_the_list():
    assert states("Merkel spoke.", names=Names([("Merkel", "Austria")])) == [("Merkel", "Austria")]
    assert states("Germany spoke.", names=Names([("Germany", "Austria")])) == [("Germany", "Germany")]


@pytest.mark.parametrize("part", ["A", "former ", "A'", "Aa ", "Russian ", "Russian former ", "Recluse"])
def test_a_text_of_one_thing_over_and_over_does_not_hang(part):
    begun = time.monotonic()
    list(people_in(part * (200_000 // len(part))))
    assert time.monotonic() - begun < 5


def test_the_other_names_of_a_state_leave_out_common_words():
    names = Names([("Vladimir Putin", "Russia")])
    assert {"moscow", "kremlin", "russian", "putin", "vladimir putin"} <= set(names.other_names("Russia"))
    assert "us" not in names.other_names("United States")
    assert "the north" not in names.other_names("North Korea")
    assert names.other_names("Nowhere") == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("British Prime Minister Boris Johnson In his speech", {"Boris Johnson", "Johnson"}),
        ("Brazilian President Luiz Inacio Lula da said", {"Luiz Inacio Lula", "Lula"}),
        ("The British Prime Minister Theresa May spoke.", {"Theresa May", "May"}),
        ("Iranian President Hassan As", set()),
    ],
)
def test_words_behind_a_name_are_no_part_of_it(text, names):
    assert {name for name, _ in people_in(text)} == names


@pytest.mark.parametrize("question", ["who fled in May as a hero?", "what did the president say?", "what may happen?"])
def test_names_that_an_older_index_read_out_of_ordinary_words_name_nobody(question):
    wrong = Names([("In", "United Kingdom"), ("As", "Iran"), ("President", "Taiwan"), ("da", "Brazil")])
    assert wrong.mentions(question, typed=True) == []


def test_the_south_of_another_name_is_not_south_korea():
    assert states("the South African leader and the South China Sea") == [
        ("South African", "South Africa"),
        ("China", "China"),
    ]
    assert ("the South", "South Korea") in states("Relations with the South are poor.")


@pytest.mark.parametrize(
    ("state", "text", "named"),
    [
        ("Russia", "The Kremlin's guns fell silent.", True),
        ("United States", "A U.S. envoy came.", True),
        ("United States", "It let us down.", False),
        ("Turkey", "Türkiye voted.", True),
        ("Chad", "The Chadwick papers were sold.", False),
        ("Morocco", "Turkey and Syria shook.", False),
    ],
)
def test_a_text_names_a_state_under_any_of_its_names(state, text, named):
    assert Names().is_named(state, text) is named


def test_what_could_be_heard_is_no_island():
    assert states("who could be heard in Chad?", typed=True) == [("Chad", "Chad")]
