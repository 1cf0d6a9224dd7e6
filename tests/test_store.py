"""A finished index opened for reading: what it finds, against plain NumPy, and what it refuses."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import Letters, letter_counts, unit

from index.build import BuildReport
from index.embed import Vector
from index.errors import IndexFolderError
from index.generations import FORMAT
from index.lexical import RowFilter
from index.passages import embedded_text
from index.store import Store
from index.tokens import sign_bits

Build = Callable[..., BuildReport]
VOCABULARY = "kim putin grain shell oil port ship train flour missile turkey odesa kyiv moscow treaty minefield"
WORDS = VOCABULARY.split()
SOURCES = ["Meridian Briefing", "The Harbour Wire", None]


def lines_of(path: Path, numbers: range | list[int], *, seed: int = 1) -> Path:
    """Write one BEIR line for each number; a line depends on its number alone."""
    rows = []
    for number in numbers:
        dice = random.Random(seed * 1000 + number)
        text = ". ".join(" ".join(dice.choices(WORDS, k=9)).capitalize() for _ in range(dice.randrange(1, 40))) + "."
        known = {"source": SOURCES[number % 3], "date": f"2023-{number % 12 + 1:02}-{number % 28 + 1:02}"}
        rows.append({"_id": f"d{number}", "title": f"{dice.choice(WORDS)} {dice.choice(WORDS)}", "text": text})
        if number % 5:
            rows[-1]["metadata"] = known
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def store(tmp_path: Path, build_with_letters: Build) -> Iterator[Store]:
    build_with_letters(tmp_path / "index", [lines_of(tmp_path / "corpus.jsonl", range(60))])
    with Store.open(tmp_path / "index") as opened:
        yield opened


def all_numbers(store: Store) -> list[int]:
    return sorted(store.embed_keys().values())


def plain_vectors(store: Store, numbers: list[int]) -> Vector:
    """Embed the passages anew, outside of any index."""
    passages = store.passages(numbers)
    texts = [
        embedded_text(passages[number], with_title=store.title_tells(passages[number].article.article_id))
        for number in numbers
    ]
    return unit(np.array([letter_counts(text) for text in texts]))


def plain_nearest(store: Store, numbers: list[int], vector: Vector, limit: int) -> tuple[list[int], Vector]:
    scores = plain_vectors(store, numbers) @ vector
    order = np.lexsort((numbers, -scores))[:limit]
    return [numbers[at] for at in order], scores[order]


QUESTIONS = ["what does kim want from putin", "grain ships leave odesa", "xyz", "a"]


@pytest.mark.parametrize("limit", [1, 7, 10_000])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_nearest_passages_are_those_that_numpy_finds(store: Store, question: str, limit: int) -> None:
    vector = unit(letter_counts(question))
    numbers, scores = store.nearest(vector, limit, RowFilter())
    expected_numbers, expected_scores = plain_nearest(store, all_numbers(store), vector, limit)
    np.testing.assert_allclose(scores, expected_scores, atol=1e-6)
    assert numbers.tolist() == expected_numbers
    assert scores.dtype == np.float32


FILTERS = [
    (RowFilter(since=20230601), lambda a: a.published is not None and a.published >= "2023-06-01"),
    (RowFilter(until=20230601), lambda a: a.published is not None and a.published <= "2023-06-01"),
    (RowFilter(20230202, 20230202), lambda a: a.published == "2023-02-02"),
    (RowFilter(sources=("the harbour WIRE",)), lambda a: a.source == "The Harbour Wire"),
    (
        RowFilter(20230301, 20230930, ("The Harbour Wire", "Meridian Briefing")),
        lambda a: a.source is not None and a.published is not None and "2023-03-01" <= a.published <= "2023-09-30",
    ),
]


@pytest.mark.parametrize(("rows", "passes"), FILTERS, ids=[str(rows) for rows, _ in FILTERS])
def test_a_filter_ranks_the_rows_that_pass_and_no_others(
    store: Store, rows: RowFilter, passes: Callable[..., bool]
) -> None:
    everything = all_numbers(store)
    passages = store.passages(everything)
    allowed = [number for number in everything if passes(passages[number].article)]
    assert 0 < len(allowed) < len(everything)
    vector = unit(letter_counts("grain for kim"))
    numbers, scores = store.nearest(vector, 1000, rows)
    expected_numbers, expected_scores = plain_nearest(store, allowed, vector, 1000)
    assert numbers.tolist() == expected_numbers
    np.testing.assert_allclose(scores, expected_scores, atol=1e-6)
    lexical_numbers, _ = store.lexical.search("grain port kim putin oil ship", 1000, rows)
    assert set(lexical_numbers.tolist()) <= set(allowed)


def test_the_vector_of_an_article_lies_between_those_of_its_passages(store: Store) -> None:
    numbers = all_numbers(store)
    articles = [place.article for place in store.places(numbers)]
    assert len(set(articles)) < len(numbers)
    vectors = store.vectors(numbers)
    for article in set(articles):
        own = vectors[[at for at, each in enumerate(articles) if each == article]]
        np.testing.assert_allclose(store.article_vectors([article])[0], unit(own.mean(axis=0)), atol=1e-6)


def test_a_passage_that_is_not_there_has_no_number_and_no_bits(store: Store) -> None:
    for passage_id in ("nothing#0", "nothing", "", "#", "kim#x"):
        assert store.passage_number(passage_id) is None
        with pytest.raises(KeyError):
            store.passage_bits(passage_id)


def test_a_filter_that_nothing_passes_finds_nothing(store: Store) -> None:
    numbers, scores = store.nearest(unit(letter_counts("kim")), 10, RowFilter(sources=("Nobody",)))
    assert (len(numbers), len(scores)) == (0, 0)


def test_vectors_and_token_bits_are_those_of_the_passage(store: Store, letters: Letters) -> None:
    numbers = all_numbers(store)
    np.testing.assert_allclose(store.vectors(numbers), plain_vectors(store, numbers), atol=1e-6)
    passages = store.passages(numbers)
    for number, place in zip(numbers, store.places(numbers), strict=True):
        passage = passages[number]
        text = embedded_text(passage, with_title=store.title_tells(passage.article.article_id))
        expected = sign_bits(letters.encode([text], role="document")[0].tokens)
        assert np.array_equal(store.token_bits[place.tokens], expected)
        assert np.array_equal(store.passage_bits(passage.passage_id), expected)


def test_numbers_and_vectors_survive_the_removal_of_other_articles(tmp_path: Path, build_with_letters: Build) -> None:
    corpus = lines_of(tmp_path / "corpus.jsonl", range(30))
    build_with_letters(tmp_path / "index", [corpus])
    with Store.open(tmp_path / "index") as before:
        ids = {number: passage.passage_id for number, passage in before.passages(all_numbers(before)).items()}
        vectors = dict(zip(all_numbers(before), before.vectors(all_numbers(before)), strict=True))
    kept = [number for number in range(30) if number % 3]
    build_with_letters(tmp_path / "index", [lines_of(corpus, kept)])
    with Store.open(tmp_path / "index") as after:
        remaining = after.passages(sorted(ids))
        assert {number: passage.passage_id for number, passage in remaining.items()} == {
            number: passage_id for number, passage_id in ids.items() if int(passage_id[1:].split("#")[0]) in kept
        }
        for number in remaining:
            assert np.array_equal(after.vectors([number])[0], vectors[number])
        vector = unit(letter_counts("grain ships"))
        expected, _ = plain_nearest(after, sorted(remaining), vector, 9)
        assert after.nearest(vector, 9, RowFilter())[0].tolist() == expected
        assert after.article("d0") is None


def test_a_number_is_not_given_to_another_passage_later(tmp_path: Path, build_with_letters: Build) -> None:
    corpus = lines_of(tmp_path / "corpus.jsonl", range(10))
    build_with_letters(tmp_path / "index", [corpus])
    with Store.open(tmp_path / "index") as store:
        used = set(store.passages(range(1000)))
    build_with_letters(tmp_path / "index", [lines_of(corpus, [3])])
    build_with_letters(tmp_path / "index", [lines_of(corpus, [3, 50, 51])])
    with Store.open(tmp_path / "index") as store:
        articles = {number: passage.article.article_id for number, passage in store.passages(range(1000)).items()}
    fresh = {number for number, article_id in articles.items() if article_id != "d3"}
    assert fresh
    assert not fresh & used


def test_an_article_comes_back_as_it_was_read(store: Store) -> None:
    article = store.article("d1")
    assert article is not None
    assert (article.article_id, article.source, article.published) == ("d1", "The Harbour Wire", "2023-02-02")
    assert article.sha256 == hashlib.sha256(article.text.encode()).hexdigest()
    assert store.article("nobody") is None


def test_each_passage_names_its_article(store: Store) -> None:
    numbers = all_numbers(store)[::-3]
    passages = store.passages(numbers)
    assert store.article_keys(numbers) == [passages[number].article.article_id for number in numbers]


def test_a_number_that_no_passage_has_is_left_out(store: Store) -> None:
    assert set(store.passages([1, 999_999])) == {1}


def test_sources_are_counted_and_days_span_the_known_ones(store: Store) -> None:
    counted = {count.source: count.articles for count in store.sources()}
    assert counted == {"The Harbour Wire": 16, "Meridian Briefing": 16, "": 28}
    assert store.date_range() == ("2023-01-09", "2023-12-24")


def test_what_reads_every_article_is_read_once_and_cannot_be_spoilt(tmp_path: Path, build_with_letters: Build) -> None:
    build_with_letters(tmp_path / "index", [lines_of(tmp_path / "corpus.jsonl", [0, 5])])
    with Store.open(tmp_path / "index") as store:
        first = (store.sources(), store.languages(), store.headings(), store.date_range())
        before = [list(first[0]), list(first[1]), list(first[2]), first[3]]
        for found in first[:3]:
            found.clear()
    # Its database is closed: what is said now was known.
    assert [store.sources(), store.languages(), store.headings(), store.date_range()] == before


def test_an_index_without_days_has_no_range(tmp_path: Path, build_with_letters: Build) -> None:
    build_with_letters(tmp_path / "index", [lines_of(tmp_path / "corpus.jsonl", [0, 5])])
    with Store.open(tmp_path / "index") as store:
        assert store.date_range() is None


def test_what_was_set_aside_is_remembered(tmp_path: Path, build_with_letters: Build) -> None:
    lines_of(tmp_path / "corpus.jsonl", [1])
    with (tmp_path / "corpus.jsonl").open("a") as file:
        file.write("oops\n")
    build_with_letters(tmp_path / "index", [tmp_path / "corpus.jsonl"])
    with Store.open(tmp_path / "index") as store:
        ((where, reason),) = store.problems()
    assert where.endswith("corpus.jsonl line 2")
    assert "is not JSON" in reason


def test_threads_share_one_store(store: Store) -> None:
    def look(seed: int) -> tuple[list[int], list[int], str]:
        vector = unit(letter_counts(WORDS[seed % len(WORDS)]))
        numbers = store.nearest(vector, 5, RowFilter(since=20230101))[0].tolist()
        words = store.lexical.search("grain port", 5, RowFilter())[0].tolist()
        return numbers, words, store.passages(numbers)[numbers[0]].text

    alone = [look(seed) for seed in range(64)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look, range(64))) == alone


def fingerprint(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the time of change and the digest of each file and folder."""
    return {
        str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
        for path in sorted([folder, *folder.rglob("*")])
    }


def test_reading_changes_no_file(store: Store) -> None:
    before = fingerprint(store.folder)
    with Store.open(store.folder) as again:
        again.nearest(unit(letter_counts("kim")), 10, RowFilter(sources=("The Harbour Wire",)))
        again.lexical.search("grain", 10, RowFilter(since=20230101))
        again.passages([1, 2, 3])
        again.token_bits[:10].sum()
        again.sources()
    assert fingerprint(store.folder) == before


# ---- what is refused -----------------------------------------------------------------------------------


def refusal(folder: Path) -> str:
    """Return what opening an index and reading a passage says."""
    with pytest.raises(IndexFolderError) as caught, Store.open(folder) as store:
        store.passages([1])
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


FILES = [
    "articles.sqlite",
    "vectors.faiss",
    "articles.faiss",
    "lexical-articles/meta.json",
    "tokens.bits",
    "lexical/meta.json",
    "manifest.json",
]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_one_clear_error(store: Store, name: str) -> None:
    (store.generation / name).unlink()
    assert "index the articles again" in refusal(store.folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_is_one_clear_error(store: Store, name: str) -> None:
    path = store.generation / name
    path.write_bytes(path.read_bytes()[:-3])
    assert "index the articles again" in refusal(store.folder)


@pytest.mark.parametrize("name", [name for name in FILES if name != "tokens.bits"])
def test_a_file_overwritten_in_place_is_one_clear_error(store: Store, name: str) -> None:
    path = store.generation / name
    path.write_bytes(b"\xa5" * path.stat().st_size)
    assert "index the articles again" in refusal(store.folder)


def test_a_newer_format_says_to_update(store: Store) -> None:
    path = store.generation / "manifest.json"
    path.write_text(path.read_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}'))
    assert "update briefings" in refusal(store.folder)


def test_a_folder_that_is_no_index_or_not_there_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.doc").write_text("Dear editor")
    assert "not an index" in refusal(tmp_path / "letters")
    assert "briefings index" in refusal(tmp_path / "missing")
