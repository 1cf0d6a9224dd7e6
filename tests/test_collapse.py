"""Wire copies are one hit, one article does not fill the page, and new articles can be favoured a little."""

import json
from dataclasses import replace

import pytest

from index.build import build
from index.names import Names
from index.records import Article, Passage, Section
from search.collapse import is_copy
from search.question import QuestionError
from search.recency import MOST_FOR_RECENCY
from search.searcher import Searcher

NAMES = Names([("Vladimir Putin", "Russia"), ("Putin", "Russia"), ("Sergei Lavrov", "Russia")])
REPORT = (
    "The grain deal was signed in the port on Friday by envoys of both countries after nine days of talks that had "
    "nearly failed twice. Under its terms ships may leave three harbours again, and inspectors will look into every "
    "hold before it is closed. Nobody at the table spoke of peace."
)
EDITED = REPORT.replace("Nobody at the table spoke of peace.", "The envoys shook hands and left by separate doors.")
OTHER = (
    "A grain deal is what the farmers of the valley had asked for since the spring, when prices fell below what "
    "a tonne costs them to grow. Their union will vote on it next week, and few expect it to refuse."
)


# Eight paragraphs of one article, each a passage of its own that fits the question.
LONG = [
    f"Clause {number} of the grain deal signed in the port names {thing}. "
    + f"It says of {thing} what was agreed. " * 16
    for number, thing in enumerate(("ships", "silos", "tolls", "mines", "crews", "fuel", "flags", "fees"), start=1)
]


def passage(text: str, article_id: str, published: str | None = "2023-07-10") -> Passage:
    article = Article(article_id=article_id, title="", text=text, published=published)
    return Passage(article, Section("", "lead", 0, len(text)), 0, 0, len(text))


def signed(one: str, other: str) -> tuple[Passage, Passage]:
    """Return a report and its edited reprint, each naming its own beside the envoys."""
    ours, theirs = REPORT.replace("envoys", f"{one} and envoys"), EDITED.replace("envoys", f"{other} and envoys")
    return passage(ours, "a"), passage(theirs, "b")


def test_an_edited_reprint_within_days_is_a_copy():
    original = passage(REPORT, "a")
    assert is_copy(original, passage(EDITED, "b", "2023-07-12"), NAMES)
    assert is_copy(original, passage(EDITED, "b", None), NAMES)
    assert not is_copy(original, passage(EDITED, "b", "2023-07-20"), NAMES)
    assert not is_copy(original, passage(OTHER, "c"), NAMES)
    assert not is_copy(original, replace(original, ordinal=1), NAMES)


def test_a_report_with_another_figure_is_no_copy():
    one = passage(REPORT.replace("envoys of both", "some 30 envoys of both"), "a")
    other = passage(EDITED.replace("envoys of both", "some 50 envoys of both"), "b")
    assert is_copy(one, passage(EDITED.replace("envoys of both", "some 30 envoys of both"), "b"), NAMES)
    assert is_copy(one, passage(EDITED, "b"), NAMES)
    assert not is_copy(one, other, NAMES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna Ruff", "Berta Kohl"),
        ("Anna Ruff", "Anna Kohl"),
        ("Mr Ruff", "Mr Kohl"),
        ("Vladimir Putin", "Sergei Lavrov"),
        ("the Bank of Japan", "the Bank of England"),
        ("Iran", "Iraq"),
        ("a June vote", "a July vote"),
        ("a June vote", "a January vote"),
    ],
)
def test_a_report_with_another_name_is_no_copy(one, other):
    ours, theirs = signed(one, other)
    assert not is_copy(ours, theirs, NAMES)
    assert not is_copy(theirs, ours, NAMES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("President Vladimir Putin", "Mr Putin"),
        ("the Kremlin", "Moscow"),
        ("Putin", "Russia"),
        ("Volodymyr Zelensky", "Mr Zelenskiy"),
        ("the IAEA", "the International Atomic Energy Agency"),
        ("the FDA", "the US Food and Drug Administration"),
        ("the Bank of Atlantis", "the BoA"),
        ("General Motors", "GM"),
        ("JPMorgan Chase", "JP Morgan"),
        ("the Conservatives", "Conservative members"),
        ("the Foreign Ministry", "the Government"),
        ("people I’ve met", "people I’d met"),
        ("Joe Biden", "Joseph Biden"),
        ("the Defence Ministry", "the Defense Ministry"),
        ("Anna Ruff", "a baker"),
        ("Anna Ruff, Berta Kohl", "Anna Ruff"),
    ],
)
def test_another_form_of_a_name_is_still_a_copy(one, other):
    ours, theirs = signed(one, other)
    assert is_copy(ours, theirs, NAMES)
    assert is_copy(theirs, ours, NAMES)


def test_the_name_of_each_outlet_keeps_no_copies_apart():
    told = [passage(REPORT.replace("envoys", f"{paper} readers and envoys"), paper) for paper in ("Daily", "Agency")]
    assert not is_copy(*told, NAMES)
    assert is_copy(
        *(replace(each, article=replace(each.article, source=each.article.article_id)) for each in told), NAMES
    )


def test_a_capital_that_only_begins_a_sentence_is_no_name():
    assert is_copy(passage(REPORT, "a"), passage(REPORT.replace("Under its", "With these"), "b"), NAMES)


@pytest.fixture(scope="module")
def briefings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wire")
    rows = [
        ("wire", "Agency", "2023-07-10", REPORT),
        ("print", "Daily", "2023-07-11", EDITED),
        ("year", "Annual", "2024-07-11", EDITED),
        ("farm", "Rural Post", "2020-01-01", OTHER),
        ("long", "Weekly", "2023-07-10", "\n\n".join(LONG)),
    ]
    lines = [
        json.dumps({"_id": name, "title": "", "text": text, "metadata": {"source": source, "date": day}})
        for name, source, day, text in rows
    ]
    (folder / "wire.jsonl").write_text("\n".join(lines), encoding="utf-8")
    build(folder / "index", [folder / "wire.jsonl"])
    with Searcher.open(folder / "index") as searcher:
        yield searcher


QUESTION = "who signed the grain deal in the port?"


def test_copies_are_one_hit_that_lists_the_others(briefings):
    hits = briefings.search(QUESTION, k=10, source=["Agency", "Daily", "Rural Post"])
    shown = {hit.passage.article.article_id: [article.article_id for article in hit.also_in] for hit in hits}
    assert shown in ({"wire": ["print"], "farm": []}, {"print": ["wire"], "farm": []})


def test_all_copies_can_be_shown_each_on_its_own_score(briefings):
    hits = briefings.search(QUESTION, k=10, source=["Agency", "Daily", "Rural Post"], all_copies=True)
    assert {hit.passage.article.article_id for hit in hits} == {"wire", "print", "farm"}
    assert all(hit.also_in == () for hit in hits)


def test_a_reprint_a_year_later_is_not_a_copy(briefings):
    hits = briefings.search(QUESTION, k=10, source=["Agency", "Annual"])
    assert {hit.passage.article.article_id for hit in hits} == {"wire", "year"}


def test_one_article_does_not_fill_the_page_while_others_have_something(briefings):
    hits = briefings.search(QUESTION, k=5)
    counts = [hit.passage.article.article_id for hit in hits].count("long")
    assert counts <= 3
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    alone = briefings.search(QUESTION, k=5, source="Weekly")
    assert len(alone) == 5


def test_a_run_ranks_every_article_uncollapsed(briefings):
    ranked = briefings.rank_articles(QUESTION, depth=10)
    assert {article_id for article_id, _ in ranked} == {"wire", "print", "year", "farm", "long"}


def test_new_articles_can_be_favoured_and_never_by_more_than_the_bound(briefings):
    plain = {hit.passage.passage_id: hit.score for hit in briefings.search(QUESTION, k=20, all_copies=True)}
    favoured = briefings.search(QUESTION, k=20, all_copies=True, favour="recent")
    for hit in favoured:
        assert hit.score - plain[hit.passage.passage_id] == pytest.approx(hit.signals.recency, abs=1e-6)
        assert 0 <= hit.signals.recency <= MOST_FOR_RECENCY
    boost = {hit.passage.article.article_id: hit.signals.recency for hit in favoured}
    assert boost["year"] == pytest.approx(MOST_FOR_RECENCY)
    assert boost["wire"] == pytest.approx(MOST_FOR_RECENCY * 0.5 ** (367 / 365))
    assert boost["farm"] < boost["wire"]
    with pytest.raises(QuestionError, match="recent"):
        briefings.search(QUESTION, favour="old")
