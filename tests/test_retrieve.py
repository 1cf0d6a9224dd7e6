"""Filter, search, mix, rerank: each stage does what its name says."""

from pathlib import Path

import numpy as np
import pytest

from index import build as building
from index.build import build
from index.lexical import RowFilter
from index.names import Names
from index.store import Store
from search.late import late_scores
from search.question import read_question
from search.retrieve import DEFAULT_RANKING, Ranking, rank_passages, scaled

ANY = RowFilter()
NAMES = Names()


@pytest.fixture(scope="module")
def letters_store(tmp_path_factory, letters):
    folder = tmp_path_factory.mktemp("letters")
    words = ["grain", "oil", "shells", "rockets", "satellites", "tariffs", "visas", "cables", "chips", "gas"]
    articles = folder / "articles"
    articles.mkdir()
    for number, word in enumerate(words * 6):
        text = f"{word} {'very ' * (number % 7)}much wanted in report {number} by the ministry of {words[number % 3]}."
        (articles / f"{number:02}.txt").write_text(f"{text}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "encoder_of", lambda _: letters)
        build(folder / "index", [articles])
    with Store.open(folder / "index") as store:
        yield store


def test_stages_can_be_left_out_for_a_comparison(letters_store, letters):
    asked = read_question("grain for shells", letters, NAMES)
    words, _ = letters_store.lexical.search(asked.text, 200, ANY)
    only_words = rank_passages(letters_store, NAMES, asked, ANY, ranking=Ranking(lexical_share=1.0, reranked=0))
    assert [passage.number for passage in only_words][: len(words)] == words.tolist()
    near, _ = letters_store.nearest(asked.encoded.vector, 200, ANY)
    only_near = rank_passages(letters_store, NAMES, asked, ANY, ranking=Ranking(lexical_share=0.0, reranked=0))
    stored = [passage.signals.dense for passage in only_near]
    assert stored == sorted(stored, reverse=True)
    assert {passage.number for passage in only_near} == set(near.tolist())


def test_scaled_puts_the_lowest_at_zero_and_the_highest_at_one():
    assert scaled(np.array([2.0, 4.0, 3.0], dtype=np.float32)).tolist() == [0.0, 1.0, 0.5]
    assert scaled(np.array([7.0, 7.0], dtype=np.float32)).tolist() == [0.0, 0.0]
    assert len(scaled(np.empty(0, dtype=np.float32))) == 0


def test_the_score_is_the_blend_of_the_three_scaled_signals(letters_store, letters):
    asked = read_question("grain for shells", letters, NAMES)
    ranked = rank_passages(letters_store, NAMES, asked, ANY)
    top = [passage for passage in ranked if passage.signals.late is not None]
    assert len(top) == DEFAULT_RANKING.reranked
    expected = np.zeros(len(top), dtype=np.float32)
    for name in ("bm25", "dense", "late"):
        found = np.array([getattr(passage.signals, name) for passage in top], dtype=np.float32)
        expected += getattr(DEFAULT_RANKING, name) * scaled(found)
    assert [passage.score for passage in top] == pytest.approx(expected.tolist(), abs=1e-5)
    assert [passage.score for passage in ranked] == sorted((passage.score for passage in ranked), reverse=True)


def test_the_reranked_are_those_with_the_best_mix_of_words_and_meaning(letters_store, letters):
    asked = read_question("oil", letters, NAMES)
    ranked = rank_passages(letters_store, NAMES, asked, ANY)
    bm25 = scaled(np.array([passage.signals.bm25 for passage in ranked], dtype=np.float32))
    dense = scaled(np.array([passage.signals.dense for passage in ranked], dtype=np.float32))
    mixed = DEFAULT_RANKING.lexical_share * bm25 + (1 - DEFAULT_RANKING.lexical_share) * dense
    assert min(mixed[: DEFAULT_RANKING.reranked]) >= max(mixed[DEFAULT_RANKING.reranked :]) - 1e-6


def test_late_signals_are_read_from_the_index_and_equal_those_computed_anew(letters_store, letters):
    asked = read_question("shells much wanted", letters, NAMES)
    best = rank_passages(letters_store, NAMES, asked, ANY)[0]
    passage = letters_store.passages([best.number])[best.number]
    bits = letters_store.passage_bits(passage.passage_id)
    assert best.signals.late == pytest.approx(float(late_scores(asked.encoded.tokens, [bits])[0]), abs=1e-6)


def test_a_question_that_shares_no_word_is_ranked_by_meaning_alone(letters_store, letters):
    asked = read_question("zzz", letters, NAMES)
    ranked = rank_passages(letters_store, NAMES, asked, ANY)
    assert ranked
    assert {passage.signals.bm25 for passage in ranked} == {0.0}


def test_a_filter_that_nothing_passes_gives_nothing(letters_store, letters):
    asked = read_question("grain", letters, NAMES)
    assert rank_passages(letters_store, NAMES, asked, RowFilter(since=20230101)) == []


def test_only_rows_that_pass_the_filter_are_ranked(sample_index: Path):
    from index.embed import open_encoder

    with Store.open(sample_index) as store:
        mark = store.manifest.model
        asked = read_question("who wants what?", open_encoder(mark.name, mark.digest), NAMES)
        rows = RowFilter(since=20230901, until=20230930)
        ranked = rank_passages(store, NAMES, asked, rows)
        days = {passage.article.published for passage in store.passages(p.number for p in ranked).values()}
        everything = store.passages(p.number for p in rank_passages(store, NAMES, asked, ANY))
    assert days
    assert all("2023-09-01" <= day <= "2023-09-30" for day in days)
    assert {passage.article.published for passage in everything.values()} > days
