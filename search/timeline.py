"""The sentences about a question in the order of what they tell, each with who reported it first.

A sentence that names no day has its article's, and says so.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index.records import Article
from index.sentences import Span, sentence_spans
from search.answer import ScoredSentence
from search.when import EventDate, event_date, without_days

MOST_SENTENCES = 30
# How far below the best a sentence may score, and its passage. Fifteen questions about the sample briefings keep 68 of
# their 79 sentences that name a day, and 73 others, for 6 of other stories. A sentence that names no day tells less
# about the order of things, so it must fit better.
DATED_MARGIN = 0.4
UNDATED_MARGIN = 0.2
PASSAGE_MARGIN = 0.45
SAME_WORDS = 0.6  # of the words of two sentences, by rarity, for them to say the same
FEWEST_SHARED = 3  # words that two sentences saying the same share
DAYS_APART = 3  # between articles that print one sentence which names no day


@dataclass(frozen=True)
class Entry:
    """One thing that was reported: when it happened, the sentence published first, and others that say the same."""

    date: EventDate | None
    sentence: ScoredSentence
    also_in: tuple[ScoredSentence, ...] = ()

    @property
    def reported_in(self) -> tuple[Article, ...]:
        """Return the articles that say it, the first published first; a wire copy must print the very sentence."""
        articles: dict[str, Article] = {}
        for told in (self.sentence, *self.also_in):
            articles.setdefault(told.article_id, told.hit.passage.article)
            words = told.text.split()
            for copy in told.hit.also_in:
                if " ".join(words) in " ".join(copy.text.split()):
                    articles.setdefault(copy.article_id, copy)
        return tuple(sorted(articles.values(), key=lambda article: article.published or _NEVER))


def timeline(sentences: Sequence[ScoredSentence]) -> list[Entry]:
    """Order the sentences that are about the question by event, then publication, then place; unknown days last."""
    dated = [(event, sentence) for sentence, event in _about(sentences)]
    dated.sort(key=lambda pair: (pair[1].hit.passage.article.published or _NEVER, *_place(pair[1])))
    rarity = _rarity([sentence.text for _, sentence in dated])
    entries: list[Entry] = []
    for event, sentence in dated:
        for number, entry in enumerate(entries):
            if _same_day(entry.date, event) and _same_words(entry.sentence.text, sentence.text, rarity):
                entries[number] = Entry(entry.date, entry.sentence, (*entry.also_in, sentence))
                break
        else:
            entries.append(Entry(event, sentence))
    # Sorting is stable, so within one day the order of publication stays.
    return sorted(entries, key=lambda entry: (entry.date.first, entry.date.last) if entry.date else (_NEVER, _NEVER))


# --- which sentences, and which of them say the same


_NEVER = "9999-99-99"  # sorts behind every ISO day
_WORD = re.compile(r"[^\W\d_]{2,}|[^\W\d_]+n['’]t\b")
_NUMBER = re.compile(
    r"[0-9]+(?:[.,][0-9]+)*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:dozen|hundred|thousand)s?)\b"
)
_NEGATION = re.compile(r"\b(?:not|no|never|nor|neither|nobody|none|without|den(?:y|ies|ied))\b|n['’]t\b", re.IGNORECASE)


def _about(sentences: Sequence[ScoredSentence]) -> list[tuple[ScoredSentence, EventDate | None]]:
    """Return the sentences near enough to the best, once each, with their days."""
    best_passage = max((sentence.hit.score for sentence in sentences), default=0.0)
    near = [sentence for sentence in sentences if sentence.hit.score >= best_passage - PASSAGE_MARGIN]
    best_first = sorted(near, key=lambda sentence: -sentence.score)
    spans: dict[tuple[str, int], list[Span]] = {}
    chosen: dict[tuple[str, int], tuple[ScoredSentence, EventDate | None]] = {}
    for sentence in best_first:
        behind = best_first[0].score - sentence.score
        if behind > DATED_MARGIN or len(chosen) == MOST_SENTENCES:
            break
        event = _event(sentence, spans)
        if behind <= UNDATED_MARGIN or (event and event.from_text):
            chosen.setdefault(_place(sentence), (sentence, event))
    return list(chosen.values())


def _event(sentence: ScoredSentence, spans: dict[tuple[str, int], list[Span]]) -> EventDate | None:
    """Return a sentence's day; spans: the sentences of each section that was looked at so far."""
    return event_date(sentence.text, sentence.hit.passage.article.published, _sentences_before(sentence, spans))


def _sentences_before(sentence: ScoredSentence, spans: dict[tuple[str, int], list[Span]]) -> Iterator[str]:
    """Yield the sentences of its section in front of one, the nearest first. Few are asked for, so it reads late."""
    article, section = sentence.hit.passage.article, sentence.hit.passage.section
    key = (article.article_id, section.start)
    if key not in spans:
        spans[key] = sentence_spans(article.text, section.start, section.end)
    for number in range(bisect_left(spans[key], (sentence.start, 0)) - 1, -1, -1):
        start, end = spans[key][number]
        yield article.text[start:end]


def _place(sentence: ScoredSentence) -> tuple[str, int]:
    return sentence.article_id, sentence.start


def _same_day(one: EventDate | None, other: EventDate | None) -> bool:
    if one is None or other is None:
        return one is other
    if one.from_text or other.from_text:
        return (one.first, one.last) == (other.first, other.last)
    return abs(date.fromisoformat(one.first) - date.fromisoformat(other.first)) <= timedelta(DAYS_APART)


def _same_words(one: str, other: str, rarity: Mapping[str, float]) -> bool:
    """Return whether two sentences of one day say the same; in doubt they do not, and both are shown.

    Death tolls differ by a number, villages by a name, denials by a "not" and attacks by who stands first, so these
    must agree.
    """
    one, other = without_days(one), without_days(other)
    ours, theirs = _words(one), _words(other)
    shared = ours.keys() & theirs.keys()
    if len(shared) < FEWEST_SHARED or bool(_NEGATION.search(one)) != bool(_NEGATION.search(other)):
        return False
    names, their_names = _names(ours), _names(theirs)
    if _differ(set(_NUMBER.findall(one)), set(_NUMBER.findall(other))) or _differ(set(names), set(their_names)):
        return False
    if [name for name in names if name in their_names] != [name for name in their_names if name in names]:
        return False
    weight = sum(rarity.get(word, 1.0) for word in shared)
    return 2 * weight >= SAME_WORDS * sum(rarity.get(word, 1.0) for words in (ours, theirs) for word in words)


def _differ(ours: set[str], theirs: set[str]) -> bool:
    """Return whether each has something that the other does not; a report may only leave things out."""
    return not (ours <= theirs or theirs <= ours)


def _names(words: Mapping[str, bool]) -> list[str]:
    """Return the words with a capital, without the one that a sentence begins with."""
    return [word for place, (word, name) in enumerate(words.items()) if name and place]


def _words(text: str) -> dict[str, bool]:
    """Return the words in lower case, in order, each with whether it is written with a capital."""
    words: dict[str, bool] = {}
    for word in _WORD.findall(text):
        words.setdefault(word.casefold(), word[0].isupper())
    return words


def _rarity(texts: Sequence[str]) -> dict[str, float]:
    counts = Counter(word for text in texts for word in _words(text))
    return {word: math.log(1 + len(texts) / count) for word, count in counts.items()}
