"""Filter, search, mix, rerank: each stage does what its name says."""

from pathlib import Path

import numpy as np
import pytest

from index import build as building
from index.build import build
from index.lexical import RowFilter
from index.names import Names
from index.store import Store
from search.late import late_scores, token_matches
from search.question import read_question
from search.retrieve import Ranking, of_neighbours, rank_passages, scaled

ANY = RowFilter()
NAMES = Names()
SOME = Ranking(reranked=20)  # fewer than there are passages


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
    asked = read_question("grain for shells", letters, NAMES, letters_store.lexical)
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


def test_neighbours_are_of_other_articles_and_count_by_their_likeness():
    scores = np.array([1.0, 0.5, 0.0, 0.8], dtype=np.float32)
    articles = np.array([1, 1, 2, 3])
    vectors = np.array([[1, 0], [1, 0], [0.6, 0.8], [0, 1]], dtype=np.float32)
    near = of_neighbours(scores, vectors, articles)
    assert near.tolist() == pytest.approx([0.0, 0.0, (0.6 * 1.0 + 0.6 * 0.5 + 0.8 * 0.8) / 2.0, 0.0])
    assert of_neighbours(scores, vectors, articles, most=1)[2] == pytest.approx(0.8)
    assert of_neighbours(scores[:2], vectors[:2], articles[:2]).tolist() == [1.0, 0.5]  # alone, each keeps its own


def test_the_score_is_the_blend_of_the_three_scaled_signals(letters_store, letters):
    asked = read_question("grain for shells", letters, NAMES, letters_store.lexical)
    ranked = rank_passages(letters_store, NAMES, asked, ANY, ranking=SOME)
    top = [passage for passage in ranked if passage.signals.late is not None]
    assert len(top) == SOME.reranked < len(ranked)
    expected = np.zeros(len(top), dtype=np.float32)
    for name in ("bm25", "dense", "late"):
        for stage, part in ((name, 1 - SOME.whole_article), (f"article_{name}", SOME.whole_article)):
            found = np.array([getattr(passage.signals, stage) for passage in top], dtype=np.float32)
            expected += getattr(SOME, name) * part * scaled(found)
    near = np.array([passage.signals.neighbours for passage in top], dtype=np.float32)
    part = SOME.neighbours
    assert [passage.score for passage in top] == pytest.approx(((1 - part) * expected + part * near).tolist(), abs=1e-5)
    assert [passage.score for passage in ranked] == sorted((passage.score for passage in ranked), reverse=True)


def test_the_reranked_are_those_with_the_best_mix_of_words_and_meaning(letters_store, letters):
    asked = read_question("oil", letters, NAMES, letters_store.lexical)
    ranked = rank_passages(letters_store, NAMES, asked, ANY, ranking=SOME)
    bm25 = scaled(np.array([passage.signals.bm25 for passage in ranked], dtype=np.float32))
    dense = scaled(np.array([passage.signals.dense for passage in ranked], dtype=np.float32))
    mixed = SOME.lexical_share * bm25 + (1 - SOME.lexical_share) * dense
    assert [passage.mixed for passage in ranked] == pytest.approx(mixed.tolist(), abs=1e-6)
    assert min(mixed[: SOME.reranked]) >= max(mixed[SOME.reranked :]) - 1e-6


def test_late_signals_are_read_from_the_index_and_equal_those_computed_anew(letters_store, letters):
    asked = read_question("shells much wanted", letters, NAMES, letters_store.lexical)
    best = rank_passages(letters_store, NAMES, asked, ANY)[0]
    passage = letters_store.passages([best.number])[best.number]
    bits = letters_store.passage_bits(passage.passage_id)
    assert best.signals.late == pytest.approx(
        float(late_scores(token_matches(asked.encoded.tokens, [bits]), asked.weights)[0]), abs=1e-6
    )


def test_an_article_counts_by_its_own_words_meaning_and_best_matches(two_articles, letters):
    asked = read_question("grain oil", letters, NAMES, two_articles.lexical)
    ranked = rank_passages(two_articles, NAMES, asked, ANY)
    passages = two_articles.passages(each.number for each in ranked)
    by_article: dict[str, list] = {}
    for each in ranked:
        by_article.setdefault(passages[each.number].article.article_id, []).append(each.signals)
    assert {name: len(signals) for name, signals in by_article.items()} == {"both.txt": 2, "one.txt": 1}
    whole, _ = two_articles.lexical_articles.search("grain oil", 10, ANY)
    assert len(whole) == 2
    for signals in by_article.values():
        assert len({(each.article_bm25, each.article_dense, each.article_late) for each in signals}) == 1
        # Each token of the question takes the best of the article's passages.
        assert signals[0].article_late >= max(each.late for each in signals) - 1e-6
    # One passage speaks of grain and the other of oil: only the article speaks of both.
    assert by_article["both.txt"][0].article_late > max(each.late for each in by_article["both.txt"]) + 0.05


@pytest.fixture
def two_articles(tmp_path, letters):
    filler = " ".join(["xyz"] * 140)
    (tmp_path / "both.txt").write_text(f"grain {filler}.\n\noil {filler}.\n", encoding="utf-8")
    (tmp_path / "one.txt").write_text(f"grain {filler}.\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "encoder_of", lambda _: letters)
        build(tmp_path / "index", [tmp_path / "both.txt", tmp_path / "one.txt"])
    with Store.open(tmp_path / "index") as store:
        yield store


def test_tokens_of_rare_words_weigh_more_and_stop_words_one(letters_store, letters):
    asked = read_question("who wanted the grain", letters, NAMES, letters_store.lexical)
    who, wanted, the, grain = asked.weights.tolist()
    assert who == the == 1
    assert 1 < wanted < grain  # every article has "wanted"


def test_a_question_all_in_capitals_is_read_as_one_in_small_letters(letters_store, letters):
    loud = read_question("WHO WANTED THE GRAIN?", letters, NAMES, letters_store.lexical)
    quiet = read_question("who wanted the grain?", letters, NAMES, letters_store.lexical)
    assert loud.words == quiet.words
    assert loud.weights.tolist() == quiet.weights.tolist()


def test_a_few_capitals_are_a_name_and_no_shouting(letters_store, letters):
    for text in ("WHO", "WHO COVID-19"):
        assert read_question(text, letters, NAMES, letters_store.lexical).words == text


def test_a_name_asked_for_is_found_under_the_others_that_it_has(tmp_path, letters):
    for name, text in (("a", "The Kremlin wants shells."), ("b", "A baker wants flour."), ("c", "Rain fell.")):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "encoder_of", lambda _: letters)
        build(tmp_path / "index", [tmp_path / f"{name}.txt" for name in "abc"])
    with Store.open(tmp_path / "index") as store:
        asked = read_question("what does Russia need?", letters, NAMES, store.lexical)
        assert [asked.text[each.start : each.end] for each in asked.named] == ["Russia"]
        numbers, scores = store.lexical.search(asked.words, 10, ANY, asked.named)
        (found,) = store.passages(numbers.tolist()).values()
    assert found.article.article_id == "a.txt"
    assert scores[0] > 0


def test_a_question_that_shares_no_word_is_ranked_by_meaning_alone(letters_store, letters):
    asked = read_question("zzz", letters, NAMES, letters_store.lexical)
    ranked = rank_passages(letters_store, NAMES, asked, ANY)
    assert ranked
    assert {passage.signals.bm25 for passage in ranked} == {0.0}


def test_a_filter_that_nothing_passes_gives_nothing(letters_store, letters):
    asked = read_question("grain", letters, NAMES, letters_store.lexical)
    assert rank_passages(letters_store, NAMES, asked, RowFilter(since=20230101)) == []


def test_only_rows_that_pass_the_filter_are_ranked(sample_index: Path):
    from index.embed import open_encoder

    with Store.open(sample_index) as store:
        mark = store.manifest.model
        asked = read_question("who wants what?", open_encoder(mark.name, mark.digest), NAMES, store.lexical)
        rows = RowFilter(since=20230901, until=20230930)
        ranked = rank_passages(store, NAMES, asked, rows)
        days = {passage.article.published for passage in store.passages(p.number for p in ranked).values()}
        everything = store.passages(p.number for p in rank_passages(store, NAMES, asked, ANY))
    assert days
    assert all("2023-09-01" <= day <= "2023-09-30" for day in days)
    assert {passage.article.published for passage in everything.values()} > days
