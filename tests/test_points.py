"""Which sentences make the same point, and which give another figure for it."""

import pytest

from index.lexical import Lexical, LexicalRow, write_lexical
from index.names import Names
from search.markup import answer_html, escaped
from search.points import difference, figures, other_day, other_name, says_the_same
from search.render import answer_json, answer_text, terminal
from search.searcher import Searcher


@pytest.fixture(scope="module")
def lexical(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lexical")
    write_lexical(folder, [LexicalRow(1, "", "", "people crossed the border by car", 0, "")])
    return Lexical(folder)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("About 19,000 people had crossed.", [("19,000", 19_000.0)]),
        ("The bill is $2.5 billion, up 12 per cent.", [("$2.5 billion", 2.5e9), ("12 per cent", 12.0)]),
        ("Some 3.2 million tonnes left in 2023.", [("3.2 million", 3.2e6)]),
        ("They met on 13 September 2023 at 04:17.", []),
        ("They met on Sept. 13 and on June 4.", []),
        ("The F-16 and the Su-35 flew.", []),
        ("Nobody came.", []),
        ("12 Marines were killed near the gate.", [("12", 12.0)]),
        ("2000 people died there.", [("2000", 2000.0)]),
        ("A 20,000-strong force came.", []),
        ("He ran 100 m to the border.", []),
        ("It cost $3m to build.", [("$3m", 3e6)]),
        ("In 2000 people voted, and since 1999 few had.", []),
        ("It was signed by 7.", []),
    ],
)
def test_figures_are_numbers_that_count_something_and_dates_are_not(lexical, sentence, expected):
    assert [(figure.written, figure.value) for figure in figures(sentence, lexical)] == expected
    assert all(sentence[each.start : each.end].strip() == each.written for each in figures(sentence, lexical))


def test_the_same_point_in_other_words_and_order(lexical):
    one = "The envoys of both countries signed the grain deal in the port on Friday."
    other = "On Friday the grain deal was signed in the port by both countries' envoys, an aide said."
    assert says_the_same(one, other, lexical)
    assert not says_the_same(one, "The envoys left the port on Friday without a word on grain prices.", lexical)
    assert not says_the_same(one, "", lexical)


def test_another_figure_for_the_same_thing_is_a_difference_and_no_agreement(lexical):
    one = "About 19,000 people had crossed the border by Tuesday."
    other = "By Wednesday more than 28,000 people had crossed the border, officials said."
    found = difference(one, other, lexical)
    assert (found.one.written, found.other.written) == ("19,000", "28,000")
    assert not says_the_same(one, other, lexical)
    assert difference(one, one, lexical) is None
    assert difference(one, "Some 28,000 people watched the cup final in Baku.", lexical) is None
    assert (
        difference(
            "Inflation in Turkey rose to 61% in September, the office said.",
            "Unemployment in Turkey fell to 9% in September, the office said.",
            lexical,
        )
        is None
    )
    assert (
        difference(
            "The North got $5bn in loans for its missile programme.",
            "The North got $2bn in grain for its missile programme.",
            lexical,
        )
        is None
    )
    assert difference(
        "Inflation in Turkey rose to 61% in September.", "Inflation in Turkey climbed to 64% in September.", lexical
    )
    assert difference(one, "By Tuesday 300 lorries had crossed the border, too.", lexical) is None
    assert (
        difference(
            "At the border on Tuesday police shot at the crowd, and 46 people died.",
            "Police said on Tuesday that 99 people were arrested as the crowd came to the border.",
            lexical,
        )
        is None
    )
    assert (
        difference(
            "In the first quarter of 2022 the yard delivered 31 ships to Norway.",
            "In the first quarter of 2023 the yard delivered 42 ships to Norway.",
            lexical,
        )
        is None
    )


ROWS = [
    ("a", "Agency", "2023-09-26", "About 19,000 people had crossed the border at the bridge by Tuesday night."),
    ("b", "Daily", "2023-09-27", "By Wednesday night 28,000 people had crossed the border at the bridge."),
    ("c", "Post", "2023-09-26", "By Tuesday night about 19,000 people had crossed the border at the old bridge."),
    ("d", "Weekly", "2023-01-01", "A zoo in the capital has a new bear, and its keepers are pleased with it."),
]


@pytest.fixture(scope="module")
def answer(tmp_path_factory, index_of):
    with Searcher.open(index_of(tmp_path_factory.mktemp("points"), ROWS)) as briefings:
        yield briefings.ask("how many people crossed the border at the bridge?", all_copies=True)


def test_one_point_has_several_sources_and_figures_are_set_beside_one_another(answer):
    quoted = {citation.hit.passage.article.article_id: citation for citation in answer.citations}
    (leading,) = quoted.keys() & {"a", "c"}
    assert [each.hit.passage.article.article_id for each in quoted[leading].also] == [{"a": "c", "c": "a"}[leading]]
    (differing,) = answer.disagreements
    assert [value for value, _ in differing.values] == ["19,000", "28,000"]
    for each in [*quoted[leading].also, *(citation for _, citation in differing.values)]:
        assert each.quote == each.hit.passage.article.text[each.start : each.end]


def test_agreement_and_disagreement_are_shown_everywhere(answer):
    values = answer_json(answer)
    assert [each["value"] for each in values["disagreements"][0]] == ["19,000", "28,000"]
    assert values["answer"] == " ".join(citation["quote"] for citation in values["citations"])
    assert [len(citation["also"]) for citation in values["citations"]].count(1) == 1
    console = terminal()
    with console.capture() as captured:
        console.print(answer_text(answer))
    assert "Reports differ: 19,000 (" in captured.get()
    assert "also said by" in captured.get()
    page = answer_html(answer)
    assert "Reports differ: <b>19,000</b>" in page
    assert page.index("Reports differ") < page.index("<summary>The sentences</summary>")
    for _, citation in answer.disagreements[0].values:
        assert f'<li dir="auto">{escaped(citation.quote)} ' in page
    assert "also said by <bdi>" in page


@pytest.mark.parametrize(
    ("one", "other", "written"),
    [
        (
            "The new bridge over the river opened on 12 September.",
            "The new bridge over the river was opened on 14 September.",
            ("12 September", "14 September"),
        ),
        ("The dam at Kareth was rebuilt in 1998.", "In 2001 the dam at Kareth was rebuilt.", ("1998", "2001")),
        ("The new bridge opened on 12 September.", "On Sept. 12 the new bridge opened.", None),
        ("The new bridge opened on 12 September.", "The new bridge opened in September.", None),
        ("The new bridge opened on 12 September.", "The old mill burned down on 14 September.", None),
        ("It rained from 3 March to 5 March and on 9 March.", "It rained on 12 March.", None),
        ("The new bridge opened on Tuesday.", "The new bridge opened on 14 September.", None),
    ],
)
def test_another_day_for_the_same_thing_is_a_difference(lexical, one, other, written):
    found = other_day(one, other, ("2023-09-20", "2023-09-21"), lexical)
    assert (found and tuple(day.written for day in found)) == written
    assert other_day(one, one, ("2023-09-20", "2023-09-20"), lexical) is None


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        (
            "The literature prize was won by Anna Ruff on Friday.",
            "On Friday the prize for literature was won by Berta Kohl on Friday.",
            ("Anna Ruff", "Berta Kohl"),
        ),
        ("The prize was won by Anna Ruff on Friday.", "The prize was won by Ms Ruff on Friday.", None),
        (
            "The prize was won by Anna Ruff on Friday.",
            "The prize was won by Anna Kohl on Friday.",
            ("Anna Ruff", "Anna Kohl"),
        ),
        ("The prize was won by Anna Ruff on Friday.", "The trial was watched by Berta Kohl on Friday.", None),
        ("The prize was won by Anna Ruff.", "The prize was won by a baker.", None),
        ("The girl Lilly Aspell plays the young Diana in the film.", "Gal Gadot plays Diana.", None),
        ("The prize was won by Anna Ruff, a baker.", "A baker, Anna Ruff, won the prize.", None),
    ],
)
def test_another_name_in_the_same_place_is_a_difference(lexical, one, other, names):
    assert other_name(one, other, lexical, Names()) == names
    assert other_name(other, one, lexical, Names()) == (names and names[::-1])


def test_reports_that_name_another_day_or_person_are_set_beside_one_another(tmp_path, index_of):
    told = [
        ("a", "Post A", "2023-09-15", "The Kareth bridge over the river opened on 12 September."),
        ("b", "Post B", "2023-09-16", "The Kareth bridge over the river opened on 14 September."),
        ("c", "Post C", "2023-09-15", "The Kareth poetry prize was won by Anna Ruff on the last evening."),
        ("d", "Post D", "2023-09-16", "The Kareth poetry prize was won by Berta Kohl on the last evening."),
    ]
    with Searcher.open(index_of(tmp_path, told)) as briefings:
        for question, values in (
            ("when did the Kareth bridge over the river open?", ["12 September", "14 September"]),
            ("who won the Kareth poetry prize?", ["Anna Ruff", "Berta Kohl"]),
        ):
            answer = briefings.ask(question, all_copies=True)
            (differing,) = answer.disagreements
            assert [value for value, _ in differing.values] == values
            assert "Reports differ" in answer_html(answer)


WIRE = (
    "The Kareth bridge was opened by {name} in front of two thousand guests after a delay of nine years. A choir sang, "
    "the river fleet sounded its horns, and the first lorries crossed before the speeches had ended."
)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("Anna Ruff", "Berta Kohl", ["Anna Ruff", "Berta Kohl"]),
        ("Ruff", "Kohl", ["Ruff", "Kohl"]),
        ("Norway", "Sweden", ["Norway", "Sweden"]),
        ("nine envoys", "ten envoys", ["nine", "ten"]),
        ("twenty-five envoys", "twenty-six envoys", ["twenty-five", "twenty-six"]),
        ("nine envoys", "9 envoys", []),
        ("President Anna Ruff", "Ms Ruff", []),
        ("Anna Zelensky", "Ms Zelenskiy", []),
    ],
)
def test_names_and_numbers_in_which_copies_differ_are_set_beside_one_another(tmp_path, index_of, one, other, told):
    rows = [
        ("a", "Post A", "2023-09-15", WIRE.format(name=one)),
        ("b", "Post B", "2023-09-16", WIRE.format(name=other)),
    ]
    with Searcher.open(index_of(tmp_path, rows)) as briefings:
        answer = briefings.ask("who opened the Kareth bridge?")
    assert [[value for value, _ in each.values] for each in answer.disagreements] == ([told] if told else [])
    assert len(answer.hits) == (2 if told else 1)
    for citation in answer.citations if told else ():
        assert not [each for each in citation.also if "opened by" in each.quote]


@pytest.mark.parametrize(("later", "differ"), [("2022-07-10", True), ("2022-07-11", False)])
def test_what_is_told_months_later_does_not_differ(tmp_path, index_of, later, differ):
    price = "The national average for a gallon of regular petrol is now {} dollars, the motor club said."
    rows = [
        ("a", "Post A", "2022-06-09", price.format("4.32")),
        ("b", "Post B", later, price.format("4.96")),
    ]
    with Searcher.open(index_of(tmp_path, rows)) as briefings:
        answer = briefings.ask("how much is a gallon of regular petrol?")
    assert bool(answer.disagreements) is differ


@pytest.mark.parametrize(("one", "other"), [("Norway", "Sweden"), ("Nine states", "ten states")])
def test_what_is_said_of_another_is_no_second_source(tmp_path, index_of, one, other):
    treaty = "ratified the Kareth fishing treaty in the autumn, its parliament said."
    rows = [
        ("a", "Post A", "2023-09-15", f"{one} {treaty}"),
        ("b", "Post B", "2023-09-25", f"In the autumn the Kareth fishing treaty was ratified by {other}. Few noticed."),
    ]
    with Searcher.open(index_of(tmp_path, rows)) as briefings:
        answer = briefings.ask("who ratified the Kareth fishing treaty?")
    assert len(answer.citations) == 2
    assert not [each for citation in answer.citations for each in citation.also]
    assert answer.disagreements == ()
