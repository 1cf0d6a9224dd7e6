"""Sources left out, languages and sections: rows are filtered, then ranked, and an oracle says which and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index.lexical import RowFilter
from index.records import Passage
from index.store import Store
from search.narrowing import Narrowing, row_filter
from search.question import QuestionError
from search.searcher import Searcher
from tests.conftest import Letters, letter_counts, unit

SOURCES = ("The Harbour Wire", "Meridian Briefing", None, "Élan")
LANGUAGES = ("en", "EN-gb", None, "fr")
HEADINGS = ("What Moscow wants", "WHAT MOSCOW WANTS", "The price", "Straße nach Kiew")


def article(number: int) -> str:
    """Return an article of two or three headed sections, so that filters part its passages."""
    kept = [HEADINGS[(number + step) % len(HEADINGS)] for step in range(2 + number % 2)]
    text = "\n\n".join(
        f"## {heading}\n\nGrain for {chr(97 + number) * (place + 2)} goes from the port." + " Ships wait." * number
        for place, heading in enumerate(kept)
    )
    known = {
        "title": f"Report {number}",
        "source": SOURCES[number % 4],
        "language": LANGUAGES[number // 2 % 4],
        "date": f"2023-0{1 + number % 8}-11",
    }
    head = "\n".join(f"{name}: {value}" for name, value in known.items() if value)
    return f"---\n{head}\n---\n\n{text}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, letters: Letters) -> Iterator[Path]:
    from index.build import build
    from tests.conftest import letters_model

    made = tmp_path_factory.mktemp("narrowing")
    (made / "articles").mkdir()
    for number in range(16):
        (made / "articles" / f"a{number}.md").write_text(article(number), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("index.build.find_model", letters_model)
        patched.setattr("index.build.encoder_of", lambda _: letters)
        build(made / "index", [made / "articles"])
        yield made / "index"


@pytest.fixture(scope="module")
def briefings(folder: Path, letters: Letters) -> Iterator[Searcher]:
    with Store.open(folder) as store:
        yield Searcher(store, letters)


FILTERS: list[tuple[Narrowing, Callable[[Passage], bool]]] = [
    ({"exclude_source": "the harbour WIRE"}, lambda p: p.article.source != "The Harbour Wire"),
    ({"exclude_source": ("Élan", "Meridian Briefing")}, lambda p: p.article.source in ("The Harbour Wire", None)),
    ({"language": "EN"}, lambda p: p.article.language == "en"),
    ({"language": ["en-GB", "fr"]}, lambda p: (p.article.language or "").lower() in ("en-gb", "fr")),
    ({"section": "what moscow wants"}, lambda p: p.section.heading.lower() == "what moscow wants"),
    ({"section": "STRASSE NACH KIEW"}, lambda p: p.section.heading == "Straße nach Kiew"),
    ({"exclude_section": ["What Moscow wants", "The price"]}, lambda p: p.section.heading == "Straße nach Kiew"),
    (
        {"exclude_source": "Élan", "language": "en", "section": "The price", "since": "2023-02-01"},
        lambda p: (
            p.article.source != "Élan"
            and p.article.language == "en"
            and p.section.heading == "The price"
            and (p.article.published or "") >= "2023-02-01"
        ),
    ),
    (
        {"source": "Meridian Briefing", "exclude_section": "The price", "until": "2023-06-30"},
        lambda p: (
            p.article.source == "Meridian Briefing"
            and p.section.heading != "The price"
            and (p.article.published or "") <= "2023-06-30"
        ),
    ),
]


@pytest.mark.parametrize(("narrowing", "passes"), FILTERS, ids=[str(narrowing) for narrowing, _ in FILTERS])
def test_filtered_results_are_brute_force_over_the_filtered_rows(
    briefings: Searcher, narrowing: Narrowing, passes: Callable[[Passage], bool]
) -> None:
    store = briefings.store
    everything = store.lexical.numbers().tolist()
    passages = store.passages(everything)
    allowed = [number for number in everything if passes(passages[number])]
    assert 0 < len(allowed) < len(everything)
    rows = row_filter(store, narrowing)
    assert store.matching(rows).tolist() == allowed

    vector = unit(letter_counts("grain for kim"))
    numbers, scores = store.nearest(vector, 1000, rows)
    plain = store.vectors(allowed) @ vector
    order = np.lexsort((allowed, -plain))
    assert numbers.tolist() == [allowed[at] for at in order]
    np.testing.assert_allclose(scores, plain[order], atol=1e-6)

    every_number, every_score = store.by_words("grain port ships", 1000, RowFilter())
    of_all = dict(zip(every_number.tolist(), every_score.tolist(), strict=True))
    numbers, scores = store.by_words("grain port ships", 1000, rows)
    assert numbers.tolist() == [number for number in of_all if number in allowed]
    np.testing.assert_allclose(scores, [of_all[number] for number in numbers.tolist()], rtol=1e-5)  # never multiplied

    hits = briefings.search("grain and ships", k=100, all_copies=True, **narrowing)
    assert {hit.passage.passage_id for hit in hits} == {passages[number].passage_id for number in allowed}


@pytest.mark.parametrize(
    ("narrowing", "told"),
    [
        ({"exclude_source": "Nobody"}, "no article is from 'Nobody': sources are Meridian Briefing, The Harbour Wire"),
        ({"language": "tlh"}, "no article is in the language 'tlh': languages are"),
        ({"section": "No such head"}, "no section is headed 'No such head': headings are"),
        ({"exclude_section": "No such head"}, "no section is headed 'No such head': headings are"),
        ({"source": "Élan", "exclude_source": "éLAN"}, "both asked for and left out"),
        ({"section": "The price", "exclude_section": "the price"}, "both asked for and left out"),
    ],
)
def test_what_no_article_has_is_told_with_what_there_is(briefings: Searcher, narrowing: Narrowing, told: str) -> None:
    with pytest.raises(QuestionError) as caught:
        briefings.search("grain", **narrowing)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_words_alone_cannot_be_searched_where_only_the_database_knows(briefings: Searcher) -> None:
    with pytest.raises(ValueError, match="by_words"):
        briefings.store.lexical.search("grain", 10, RowFilter(languages=("en",)))


def test_a_passage_that_a_filter_leaves_out_is_said_to_be_left_out(briefings: Searcher) -> None:
    (first, *_) = briefings.search("grain", k=1, language="fr")
    told = briefings.why("grain", first.passage.passage_id, language="en")
    assert told.rank is None
    assert briefings.why("grain", first.passage.passage_id, language="fr").rank == 1
