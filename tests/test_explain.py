"""What each stage gave a passage, and what became of one that was not returned."""

import json
from dataclasses import replace

import pytest

from index.build import build
from search.explain import STAGES
from search.question import QuestionError
from search.render import explanation_json
from search.retrieve import DEFAULT_RANKING
from search.searcher import Searcher
from tests.test_collapse import EDITED, LONG, REPORT

QUESTION = "who signed the grain deal in the port?"


@pytest.fixture(scope="module")
def briefings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    rows = [
        ("wire", "Agency", "2023-07-10", REPORT),
        ("print", "Daily", "2023-07-11", EDITED),
        ("long", "Weekly", "2023-07-10", "\n\n".join(LONG[:6])),
        *((f"far{number}", "Post", "2021-01-01", f"A zoo in town {number} has a new bear.") for number in range(120)),
    ]
    lines = [
        json.dumps({"_id": name, "title": "", "text": text, "metadata": {"source": source, "date": day}})
        for name, source, day, text in rows
    ]
    (folder / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    build(folder / "index", [folder / "all.jsonl"])
    with Searcher.open(folder / "index") as searcher:
        yield searcher


def test_each_hit_is_explained_with_the_score_that_it_shows(briefings):
    hits = briefings.search(QUESTION, k=5)
    explained = briefings.explain(QUESTION, k=5)
    assert [each.passage.passage_id for each in explained] == [hit.passage.passage_id for hit in hits]
    for hit, each in zip(hits, explained, strict=True):
        scores = {stage.name: stage.score for stage in each.stages}
        assert each.rank == hit.rank
        assert scores["final"] == pytest.approx(hit.score)
        assert scores["late"] == pytest.approx(hit.signals.late)
        assert set(scores) <= set(STAGES)
        assert all(1 <= stage.rank <= stage.among for stage in each.stages)


def test_a_hit_has_the_same_stages_whichever_way_it_is_asked_for(briefings):
    first = briefings.explain(QUESTION, k=1)[0]
    again = briefings.why(QUESTION, first.passage.passage_id, k=1)
    assert again.rank == 1
    assert {s.name: s.score for s in again.stages} == pytest.approx({s.name: s.score for s in first.stages})


def test_the_two_searches_rank_among_all_that_pass_the_filter(briefings):
    found = {stage.name: stage for stage in briefings.why(QUESTION, "far7#0").stages}
    assert found["dense"].among == briefings.store.manifest.passages
    assert "bm25" not in found  # it shares no word


@pytest.mark.parametrize(
    ("passage_id", "options", "says"),
    [
        ("wire#0", {"k": 3}, "Shown at rank"),
        ("wire#0", {"source": "Daily"}, "Left out by the filters: its article is of 2023-07-10 and from Agency"),
        ("far7#0", {"k": 2}, "below"),
    ],
)
def test_the_fate_of_a_passage_is_one_sentence(briefings, passage_id, options, says):
    found = briefings.why(QUESTION, passage_id, **options)
    assert says in found.fate
    assert (found.rank is not None) == found.fate.startswith("Shown")


def test_a_passage_below_those_that_are_looked_at_closely_can_be_asked_for(briefings):
    few = Searcher(briefings.store, briefings.encoder, ranking=replace(DEFAULT_RANKING, reranked=2))
    assert few.why(QUESTION, "far7#0", k=2).fate == (
        "The first mix of words and meaning put it below the best 2, which are looked at closely: ask for more with -k."
    )


def test_a_wire_copy_names_the_hit_that_lists_it(briefings):
    hits = briefings.search(QUESTION, k=4)
    (shown,) = (hit for hit in hits if hit.also_in)
    (copy,) = shown.also_in
    assert briefings.why(QUESTION, f"{copy.article_id}#0", k=4).fate == (
        f"Collapsed into {shown.passage.passage_id}, which prints the same and lists its article."
    )
    assert briefings.why(QUESTION, f"{copy.article_id}#0", k=4, all_copies=True).rank


def test_a_passage_of_an_article_that_is_shown_thrice_is_passed_over(briefings):
    shown = {hit.passage.passage_id for hit in briefings.search(QUESTION, k=5)}
    fates = {f"long#{n}": briefings.why(QUESTION, f"long#{n}", k=5).fate for n in range(6) if f"long#{n}" not in shown}
    assert len(fates) == 3
    assert any("3 passages of its own are shown already" in fate for fate in fates.values())


def test_a_passage_that_is_not_in_the_index_is_an_error(briefings):
    with pytest.raises(QuestionError, match="no passage 'nothing#4' here"):
        briefings.why(QUESTION, "nothing#4")


def test_an_explanation_is_plain_json(briefings):
    values = json.loads(json.dumps(explanation_json(briefings.explain(QUESTION, k=1)[0])))
    assert values["rank"] == 1
    assert values["stages"][0].keys() == {"stage", "rank", "among", "score"}
