"""Years that a question names: how they are read, and what they do to a ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search.explain import Explanation
from search.retrieve import Ranking
from search.searcher import Searcher
from search.years import years_in

FINALS = (
    ("y2018", None, "Anna Ruff won the women's final of the Lakeside Open in 2018, her first."),
    ("y2019", None, "The women's final of the Lakeside Open went to Berta Kohl in 2019 after rain."),
    ("y2021", "2021-07-10", "Carla Finn won the women's final of the Lakeside Open, her first."),
    ("none", None, "Who has won the women's final of the Lakeside Open is carved into a wall."),
)
QUESTION = "Who won the women's final of the Lakeside Open in {}?"


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Who won in 2019?", {"2019"}),
        ("the 2019-20 season and 1588", {"2019", "1588"}),
        ("on 2019-09-13", {"2019"}),
        ("$2019 and 2,019 and 2019.5 and 2019% and 20191", set()),
        ("2000 people fled, 1900 troops came", set()),
        ("in the year 1066 or 2150", set()),
    ],
)
def test_a_year_is_four_digits_that_count_nothing(text: str, years: set[str]) -> None:
    assert years_in(text) == years


@pytest.fixture(scope="module")
def finals(tmp_path_factory: pytest.TempPathFactory, index_of: Callable[..., Path]) -> Iterator[Searcher]:
    rows = [(key, "Post", *row) for key, *row in FINALS]
    with Searcher.open(index_of(tmp_path_factory.mktemp("finals"), rows)) as searcher:
        yield searcher


def test_what_is_of_the_year_goes_up_and_what_is_of_others_goes_down(finals: Searcher) -> None:
    for year in ("2018", "2019", "2021"):
        hits = finals.search(QUESTION.format(year))
        assert {hit.passage.article.article_id: hit.signals.year for hit in hits} == {
            **dict.fromkeys(("y2018", "y2019", "y2021"), -1.0),
            f"y{year}": 1.0,
            "none": 0.0,
        }
        without = Searcher(finals.store, finals.encoder, ranking=Ranking(year=0.0)).search(QUESTION.format(year))
        before = {hit.passage.article.article_id: hit.score for hit in without}
        for hit in hits:
            moved = hit.score - before[hit.passage.article.article_id]
            assert moved == pytest.approx(finals.ranking.year * (hit.signals.year or 0.0), abs=1e-6)
        assert {hit.signals.year for hit in without} == {None}
        ranks = {each.passage.article.article_id: _rank(each) for each in finals.explain(QUESTION.format(year))}
        assert ranks[f"y{year}"] == 1


def _rank(explained: Explanation) -> int:
    return next(stage.rank for stage in explained.stages if stage.name == "year")


def test_a_question_without_a_year_has_no_vote(finals: Searcher) -> None:
    assert {hit.signals.year for hit in finals.search(QUESTION.format("spring"))} == {None}
