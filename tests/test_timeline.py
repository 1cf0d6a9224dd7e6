"""Sentences stand in the order of what they tell, each with who reported it first."""

import pytest

import search.timeline
from index.records import Article, Passage, Section
from index.sentences import sentence_spans
from search.answer import ScoredSentence, score_sentences
from search.results import Hit, Signals
from search.searcher import Searcher
from search.timeline import DATED_MARGIN, MOST_SENTENCES, UNDATED_MARGIN, Entry, timeline
from search.when import EventDate

TUESDAY = "2023-09-26"
ARTICLES_DAY = EventDate(TUESDAY, TUESDAY, "day", False)


def said(first):
    return EventDate(first, first, "day", True)


def sentences(text, *, article_id="a", published=TUESDAY, source="Wire", score=1.0, also_in=()):
    """Return each line of a text as a sentence that fits the question by `score`."""
    article = Article(article_id, "Title", text, source=source, published=published)
    passage = Passage(article, Section("", "lead", 0, len(text)), 0, 0, len(text))
    hit = Hit(1, 1.0, passage, Signals(None, None, None), also_in)
    starts = [text.index(line) for line in text.splitlines()]
    return [ScoredSentence(hit, at, at + len(line), score) for at, line in zip(starts, text.splitlines(), strict=True)]


def quote(sentence):
    return sentence.hit.passage.article.text[sentence.start : sentence.end]


def quotes(entries: list[Entry]) -> list[str]:
    return [quote(entry.sentence) for entry in entries]


def test_no_sentences_are_no_timeline():
    assert timeline([]) == []


def test_entries_stand_by_event_then_publication_then_place_and_unknown_days_last():
    unknown = sentences("Nobody knows when this was.", article_id="u", published=None)
    late = sentences("The army left on 20 September.\nThe road opened on 19 September.", article_id="b")
    early = sentences("Ministers spoke on 20 September.", article_id="c", published="2023-09-21")
    undated = sentences("Hunger is everywhere.\nThe shops are closed.", article_id="d")
    assert quotes(timeline([*unknown, *late, *undated[::-1], *early])) == [
        "The road opened on 19 September.",
        "Ministers spoke on 20 September.",
        "The army left on 20 September.",
        "Hunger is everywhere.",
        "The shops are closed.",
        "Nobody knows when this was.",
    ]


def test_the_same_report_is_one_entry_under_whoever_published_it_first():
    wire = sentences("At least 20 people died when a fuel store near Stepanakert exploded on Monday.", article_id="w")
    later = sentences(
        "A fuel store near Stepanakert exploded on 25 September and at least 20 people died there.",
        article_id="l",
        source="Later",
        published="2023-09-28",
    )
    (entry,) = timeline([*later, *wire])
    assert quote(entry.sentence) == quote(wire[0])
    assert entry.also_in == (later[0],)
    assert [article.source for article in entry.reported_in] == ["Wire", "Later"]
    assert entry.date == said("2023-09-25")


@pytest.mark.parametrize(
    "other",
    [
        "At least 68 people died when a fuel store near Stepanakert exploded on Monday.",
        "At least 20 people did not die when a fuel store near Stepanakert exploded on Monday.",
        "At least 20 people died when a fuel store near Stepanakert exploded on Sunday.",
        "At least 20 people died when a fuel store near Goris exploded on Monday.",
        "Governments promised money and tents on Monday.",
    ],
)
def test_another_number_name_or_day_and_a_denial_are_other_reports(other):
    one = sentences("At least 20 people died when a fuel store near Stepanakert exploded on Monday.")
    assert len(timeline([*one, *sentences(other, article_id="b")])) == 2


def test_who_did_it_to_whom_is_not_collapsed():
    one = sentences("On Monday Armenia accused Azerbaijan of breaking the truce near the border.")
    other = sentences("On Monday Azerbaijan accused Armenia of breaking the truce near the border.", article_id="b")
    assert len(timeline([*one, *other])) == 2


def test_a_sentence_without_a_day_is_the_same_in_articles_a_few_days_apart():
    text = "The shelters of Goris are full and families sleep in their cars."
    one = sentences(text, article_id="a", published="2023-09-28")
    other = sentences(text, article_id="b", published="2023-09-26")
    long_ago = sentences(text, article_id="c", published="2020-11-01")
    entries = timeline([*one, *other, *long_ago])
    assert [len(entry.also_in) for entry in entries] == [0, 1]
    assert entries[1].date == EventDate("2023-09-26", "2023-09-26", "day", False)


def test_a_wire_copy_published_earlier_reported_it_first_if_it_prints_the_sentence():
    text = "The road opened on 19 September."
    copy = Article("copy", "T", f"News.\n{text}", source="Early", published="2023-09-20")
    edited = Article("edited", "T", "The road is open.", source="Edited", published="2023-09-19")
    (entry,) = timeline(sentences(text, also_in=(copy, edited)))
    assert [article.source for article in entry.reported_in] == ["Early", "Wire"]


def test_days_later_count_from_the_day_of_the_sentence_before():
    text = (
        "The army attacked on 19 September.\nThe following day its leaders gave in.\n"
        "Three days later the road opened, as one had ten years ago.\nThe queue is long."
    )
    assert [entry.date.first for entry in timeline(sentences(text))] == [
        "2023-09-19",
        "2023-09-20",
        "2023-09-23",
        TUESDAY,
    ]


def test_a_long_section_is_split_into_sentences_once(monkeypatch):
    text = "\n".join(f"The following day village number {number} was emptied." for number in range(2_000))
    split = []
    monkeypatch.setattr(
        search.timeline, "sentence_spans", lambda *arguments: split.append(arguments) or sentence_spans(*arguments)
    )
    entries = timeline(sentences(text)[-MOST_SENTENCES:])
    assert len(entries) == MOST_SENTENCES
    assert len(split) == 1
    assert {entry.date for entry in entries} == {ARTICLES_DAY}


def test_a_sentence_far_below_the_best_is_left_out_and_sooner_if_it_names_no_day():
    best = sentences("The road opened on 19 September.", score=2.0)
    dated = sentences("The army left on 20 September.", article_id="b", score=2.0 - DATED_MARGIN + 0.01)
    undated = sentences("Hunger is everywhere.", article_id="c", score=2.0 - UNDATED_MARGIN - 0.01)
    far = sentences("The shop burned on 21 September.", article_id="d", score=2.0 - DATED_MARGIN - 0.01)
    assert quotes(timeline([*far, *undated, *dated, *best])) == [quote(best[0]), quote(dated[0])]


def test_there_are_at_most_thirty_sentences_and_each_stands_once():
    many = sentences("\n".join(f"Village {chr(65 + n // 26)}{chr(97 + n % 26)} was emptied." for n in range(50)))
    assert len(timeline([*many, *many])) == MOST_SENTENCES
    assert len(timeline([many[0], many[0]])) == 1


@pytest.fixture(scope="module")
def briefings(sample_index):
    with Searcher.open(sample_index) as searcher:
        yield searcher


def test_a_question_to_the_samples_gives_what_happened_in_order(briefings):
    question = "what happened in Karabakh in 2023?"
    answer = briefings.ask(question)
    assert answer.answered
    read = briefings.read(question)
    scored = score_sentences(briefings.store, briefings.encoder, briefings.names, read, answer.hits)
    entries = timeline(scored)
    firsts = [entry.date.first for entry in entries]
    assert firsts == sorted(firsts)
    days = {quote(entry.sentence)[:40]: entry.date for entry in entries}
    assert days["On 19 September Azerbaijan attacked the "] == said("2023-09-19")
    assert days["The following day its leaders gave in an"] == said("2023-09-20")
    assert days["On Wednesday they stopped Ruben Vardanya"] == said("2023-09-27")
    assert days["Samvel Shahramanyan, the last leader of "] == EventDate("2023-09-28", "2023-09-28", "day", False)
    articles = {entry.sentence.hit.passage.article.article_id for entry in entries}
    assert {"karabakh-exodus.md", "karabakh-lachin-road.html"} <= articles
    assert all("cop28" not in article for article in articles)
