"""BM25 by tantivy, checked against the formula; filters, stemming, and text that looks like query syntax."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest

from index.errors import IndexFolderError
from index.lexical import (
    ALIAS_WEIGHT,
    FIELD_WEIGHTS,
    Lexical,
    LexicalRow,
    Named,
    RowFilter,
    without_openings,
    write_lexical,
)

BODIES = [
    "grain ship",
    "grain grain ship port",
    "port",
    "missile port port port",
    "kim putin",
    "kim kim kim shell putin train",
    "train station",
    "flour oil grain satellite rocket shell",
    "oil",
    "satellite rocket",
]
ALL = RowFilter()


def opened(folder: Path, *rows: LexicalRow) -> Lexical:
    folder.mkdir(exist_ok=True)
    write_lexical(folder, rows)
    return Lexical(folder)


def row(
    passage: int, body: str = "", *, title: str = "", section: str = "", day: int = 0, source: str = ""
) -> LexicalRow:
    return LexicalRow(passage, title, section, body, day, source)


def found(lexical: Lexical, text: str, rows: RowFilter = ALL, limit: int = 100) -> list[int]:
    numbers, scores = lexical.search(text, limit, rows)
    assert len(numbers) == len(scores)
    return [int(number) for number in numbers]


def bm25(query: str, texts: list[str], k1: float = 1.2, b: float = 0.75) -> np.ndarray:
    """Score texts of plain words by the formula, which nothing here is clever about."""
    words = [text.split() for text in texts]
    average = sum(map(len, words)) / len(words)
    scores = np.zeros(len(texts))
    for term in query.split():
        holders = sum(term in own for own in words)
        idf = math.log(1 + (len(words) - holders + 0.5) / (holders + 0.5))
        for at, own in enumerate(words):
            often = own.count(term)
            scores[at] += idf * often * (k1 + 1) / (often + k1 * (1 - b + b * len(own) / average))
    return scores


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    rows = [row(number * 10, body) for number, body in enumerate(BODIES)]
    return opened(tmp_path_factory.mktemp("lexical") / "ten", *rows)


@pytest.mark.parametrize(
    "query", ["grain", "port", "kim train", "shell satellite oil", "grain grain ship", "kim nobody"]
)
def test_scores_and_order_are_those_of_the_formula(ten: Lexical, query: str) -> None:
    expected = bm25(query, BODIES)
    order = [at for at in np.lexsort((np.arange(10), -expected)) if expected[at] > 0]
    numbers, scores = ten.search(query, 100, ALL)
    assert numbers.tolist() == [at * 10 for at in order]
    np.testing.assert_allclose(scores, expected[order], atol=1e-3)


def test_fields_are_scored_apart_and_added_with_their_weights(tmp_path: Path) -> None:
    titles, sections, bodies = ["grain deal", "port"], ["ship", "grain"], ["ship ship port", "oil grain missile"]
    texts = zip(titles, sections, bodies, strict=True)
    lexical = opened(tmp_path / "x", *[row(n, body, title=t, section=s) for n, (t, s, body) in enumerate(texts)])
    numbers, scores = lexical.search("grain", 10, ALL)
    expected = (
        FIELD_WEIGHTS["title"] * bm25("grain", titles)
        + FIELD_WEIGHTS["section"] * bm25("grain", sections)
        + FIELD_WEIGHTS["body"] * bm25("grain", bodies)
    )
    np.testing.assert_allclose(scores[np.argsort(numbers)], expected, atol=1e-3)


def test_the_limit_cuts_the_end_of_the_ranking(ten: Lexical) -> None:
    assert found(ten, "port grain", limit=2) == found(ten, "port grain")[:2]


def test_equal_scores_are_ordered_by_passage_number(tmp_path: Path) -> None:
    lexical = opened(tmp_path / "x", *[row(number, "grain") for number in (5, 3, 9, 1)])
    assert found(lexical, "grain") == [1, 3, 5, 9]


@pytest.mark.parametrize(
    "text",
    ['"grain" AND', "body:grain", "grain*", "+grain -port", "(grain", "grain^5", "[grain TO z]", "NOT grain"],
)
def test_query_syntax_is_only_words(ten: Lexical, text: str) -> None:
    assert set(found(ten, "grain")) <= set(found(ten, text))


def test_a_minus_excludes_nothing(ten: Lexical) -> None:
    assert found(ten, "-port") == found(ten, "port") != []


@pytest.mark.parametrize("text", ["", "   ", "the of and", "?!*", "\0", "nosuchword", "x" * 10_000])
def test_text_without_a_known_word_finds_nothing(ten: Lexical, text: str) -> None:
    numbers, scores = ten.search(text, 10, ALL)
    assert (len(numbers), len(scores)) == (0, 0)


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("negotiations failed", "negotiation"),
        ("the ships sailed", "SHIP sailing"),
        ("Erdoğan spoke", "erdogan"),
        ("Zaluzhnyi’s café", "cafe"),
    ],
)
def test_words_meet_whatever_their_ending_case_or_accents(tmp_path: Path, stored: str, asked: str) -> None:
    assert found(opened(tmp_path / "x", row(1, stored), row(2, "oil")), asked) == [1]


def test_terms_are_lower_case_stemmed_and_without_stop_words(ten: Lexical) -> None:
    assert ten.terms("The Ships are negotiating in Erdoğan’s port") == ["ship", "negoti", "erdogan", "s", "port"]


def test_words_that_only_make_it_a_question_are_not_searched_for(ten: Lexical) -> None:
    assert ten.question_terms("What does the WHO want in May, and from whom?") == ["who", "want", "may"]
    assert ten.question_terms("Who ships grain from the port?") == ["ship", "grain", "port"]
    assert ten.question_terms("What's Iran's plan, and who'll say it didn't or wasn't fair?") == [
        "iran", "plan", "say", "fair",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("what did He Jiankui do?", ["he", "jiankui"]),
        ("is Roger Daltrey of The Who ill?", ["roger", "daltrey", "who", "ill"]),
        ("What does the World Health Organization (WHO) say?", ["world", "health", "organiz", "who", "say"]),
        ('Turkey agreed. Why? And "How long will it last?"', ["turkey", "agre", "long", "last"]),
        ("What Does Kim Get From Putin?", ["kim", "get", "putin"]),  # a headline's capitals
        ("what should I know of Kim?", ["know", "kim"]),
    ],
)
def test_a_capital_makes_a_question_word_part_of_a_name_unless_something_begins_with_it(
    ten: Lexical, question: str, terms: list[str]
) -> None:
    assert ten.question_terms(question) == terms
    assert len(without_openings(question)) == len(question)


def test_question_words_in_names_are_searched_for_behind_other_names_too(tmp_path: Path) -> None:
    lexical = opened(tmp_path / "x", row(1, "he jiankui"), row(2, "jiankui"), row(3, "china"), row(4, "oil"))
    numbers, _ = lexical.search("China He Jiankui", 10, ALL, [Named(0, 5, ("beijing",))])
    assert numbers[0] == 1
    assert found(lexical, "he") == found(lexical, "He") == []


def test_another_name_is_worth_half_of_what_its_words_are_and_is_not_added(tmp_path: Path) -> None:
    bodies = ["russia gains", "moscow gains", "russia and moscow gain", "north korea", "korea and the north", "oil"]
    lexical = opened(tmp_path / "x", *[row(number, body) for number, body in enumerate(bodies)])
    named = [Named(0, 6, ("moscow", "russia", "north korea", "the of"))]
    plain = dict(zip(*(found.tolist() for found in lexical.search("russia", 10, ALL)), strict=True))
    moscow = dict(zip(*(found.tolist() for found in lexical.search("moscow", 10, ALL)), strict=True))
    numbers, scores = lexical.search("russia", 10, ALL, named)
    with_names = dict(zip(numbers.tolist(), scores.tolist(), strict=True))
    assert set(with_names) == {0, 1, 2, 3}  # "north korea" only as a phrase
    assert with_names[0] == pytest.approx(plain[0])
    assert with_names[1] == pytest.approx(ALIAS_WEIGHT * moscow[1])
    assert with_names[2] == pytest.approx(plain[2])


def test_a_rare_name_is_worth_no_more_than_half_of_the_common_one_that_was_asked_for(tmp_path: Path) -> None:
    bodies = ["biden spoke"] * 20 + ["jimmy carter spoke"] + ["oil"] * 30
    lexical = opened(tmp_path / "x", *[row(number, body) for number, body in enumerate(bodies)])
    numbers, scores = lexical.search("biden", 100, ALL, [Named(0, 5, ("jimmy carter",))])
    by_number = dict(zip(numbers.tolist(), scores.tolist(), strict=True))
    assert len(by_number) == 21
    assert by_number[20] < 0.75 * by_number[0]


def test_another_name_may_have_a_stop_word_inside(tmp_path: Path) -> None:
    lexical = opened(tmp_path / "x", row(1, "The House of Saud met envoys"), row(2, "a Saud house"), row(3, "oil"))
    numbers, _ = lexical.search("riyadh", 10, ALL, [Named(0, 6, ("house of saud",))])
    assert numbers.tolist() == [1]


def test_a_name_is_searched_for_under_its_others_once_however_often_it_is_written(tmp_path: Path) -> None:
    lexical = opened(tmp_path / "x", row(1, "the kremlin"), row(2, "russia"), row(3, "oil"))
    words = " ".join(["russia"] * 300)
    often = [Named(at * 7, at * 7 + 6, ("kremlin",)) for at in range(300)]
    numbers, scores = lexical.search(words, 10, ALL, often)
    once, score = lexical.search("russia", 10, ALL, often[:1])
    assert set(numbers.tolist()) == set(once.tolist()) == {1, 2}
    assert scores[numbers == 1] == pytest.approx(score[once == 1], rel=1e-4)


def test_only_some_rows_can_be_scored_and_their_scores_are_the_same(ten: Lexical) -> None:
    numbers, scores = ten.search("port grain", 100, ALL)
    everywhere = dict(zip(numbers.tolist(), scores.tolist(), strict=True))
    some, some_scores = ten.search("port grain", 2, ALL, only=np.array([10, 30, 40]))
    assert dict(zip(some.tolist(), some_scores.tolist(), strict=True)) == pytest.approx(
        {number: everywhere[number] for number in (10, 30)}
    )
    assert len(ten.search("port", 0, ALL)[0]) == 0


def test_words_round_a_name_count_as_ever(tmp_path: Path) -> None:
    lexical = opened(tmp_path / "x", row(1, "grain for moscow"), row(2, "grain"), row(3, "oil"))
    numbers, _ = lexical.search("does russia want grain", 10, ALL, [Named(5, 11, ("moscow",))])
    assert numbers.tolist() == [1, 2]


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Lexical:
    return opened(
        tmp_path_factory.mktemp("lexical") / "dated",
        row(1, "grain", day=20220722, source="Meridian Briefing"),
        row(2, "grain grain", day=20220723, source="The Harbour Wire"),
        row(3, "grain", day=20230101, source="meridian briefing"),
        row(4, "grain", day=0, source=""),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (RowFilter(since=20220723), {2, 3}),
        (RowFilter(until=20220723), {1, 2}),
        (RowFilter(since=20220722, until=20220722), {1}),
        (RowFilter(since=20240101), set()),
        (RowFilter(since=20230101, until=20220101), set()),
        (RowFilter(sources=("MERIDIAN Briefing",)), {1, 3}),
        (RowFilter(sources=("Meridian",)), set()),
        (RowFilter(sources=("The Harbour Wire", "Meridian Briefing")), {1, 2, 3}),
        (RowFilter(since=20220723, sources=("Meridian Briefing",)), {3}),
        (ALL, {1, 2, 3, 4}),
    ],
    ids=str,
)
def test_only_rows_that_pass_the_filter_are_ranked(dated: Lexical, rows: RowFilter, expected: set[int]) -> None:
    assert set(found(dated, "grain", rows)) == expected


def test_a_filter_moves_no_score(dated: Lexical) -> None:
    numbers, scores = dated.search("grain", 10, ALL)
    everywhere = dict(zip(numbers.tolist(), scores.tolist(), strict=True))
    some_numbers, some_scores = dated.search("grain", 10, RowFilter(since=20220723))
    assert dict(zip(some_numbers.tolist(), some_scores.tolist(), strict=True)) == {n: everywhere[n] for n in (2, 3)}


def test_the_same_rows_rank_the_same_however_often_they_are_written(tmp_path: Path) -> None:
    rows = [row(number, body) for number, body in enumerate(BODIES * 5)]
    first, second = opened(tmp_path / "a", *rows), opened(tmp_path / "b", *rows)
    assert found(first, "grain port kim") == found(second, "grain port kim")


def test_a_folder_that_holds_no_lexical_index_is_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="damaged") as caught:
        Lexical(tmp_path)
    assert "\n" not in str(caught.value)


def test_no_link_is_left_and_what_killed_processes_left_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch, precious = tmp_path / "scratch", tmp_path / "precious"
    for path in (scratch / "briefings-lexical-old", scratch / "briefings-lexical-new", scratch / "other", precious):
        path.mkdir(parents=True)
        (path / "meta.json").symlink_to(tmp_path)
    (scratch / "briefings-lexical-trap").symlink_to(precious)
    for name in ("briefings-lexical-old", "other", "briefings-lexical-trap"):
        os.utime(scratch / name, (0, 0), follow_symlinks=False)
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert len(found(opened(tmp_path / "index", row(1, "grain")), "grain")) == 1
    # One that was made just now may be another process's, and a link is nothing that we make.
    assert sorted(path.name for path in scratch.iterdir()) == [
        "briefings-lexical-new",
        "briefings-lexical-trap",
        "other",
    ]
    assert list(precious.iterdir())
