"""Hits to an answer: the sentences that answer best, quoted exactly, or a refusal.

A sentence is scored in its context: the token vectors that the index keeps of its passage, cut where the
sentence begins and ends, against the question's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.embed import Encoder
from index.lexical import Lexical
from index.names import Names
from index.passages import CHARACTERS_A_WORD, embedded_text
from index.sentences import Span, sentence_spans
from index.store import Store
from search.collapse import is_edition, reported_otherwise
from search.confidence import Evidence, unnamed_in, weigh
from search.cues import cue_of
from search.direction import is_of_a_third, passage_directions
from search.late import token_matches
from search.naming import counts_others, name_others
from search.points import difference, on_one_thing, other_day, other_name, says_the_same
from search.question import Question
from search.reader import Reader
from search.results import Answer, Citation, Disagreement, Hit
from search.spans import answer_span

ANSWERED_FROM = 0.4  # confidence below which the briefings are taken not to say
READ_HITS = 5  # passages whose sentences are looked at
MOST_QUOTES = 3
MOST_TOGETHER = 4  # with those that a quote cannot be understood without
COMPARED = 20  # sentences among which others are looked for that make the same point, or give another figure
DIFFERING_DAYS = 31  # between two reports that give another figure; later ones may tell of what has changed since
MOST_NAMED = 6  # words that a refusal names as found, and as many as not found
NEARNESS = 0.1  # a further sentence is quoted if its score is this near to the best one's
UNREAD = "Passages were found, but the reader finds no words in them that answer."
FEWEST_WORDS = 4  # a shorter sentence ("Not now.") says nothing by itself
# Added to a sentence's own fit. Measured on ester-news-qa and xquad-en: see the README.
PASSAGE_WEIGHT = 1.0  # times the late score of its passage
OVERLAP_WEIGHT = 0.1  # times the share of the question's words, by rarity, that it has
CUE_WEIGHT = 0.1  # where it has the kind of thing that is asked for
DIRECTION_WEIGHT = 0.2  # times the vote on who does it to whom, from -1 to 1

# What begins so tells of somebody, or of an offer, that the sentence in front of it names.
_LEANING = re.compile(
    r"[\"'“‘(]*(?:(?:and|but|so|yet|then) )?"
    r"(?:in (?:return|exchange)|the (?:former|latter)|he|she|they|his|her|their"
    r"|it(?! (?:is|was|will be|has been|had been)\b))\b",
    re.IGNORECASE,
)

# A figure, a day or a name as it is written, and what tells it from another.
Told = tuple[str, float | date | str]

# By rank of the hit: where in its article the words stand that a reader finds, and how likely they are to answer.
Read = dict[int, tuple[int, int, float]]


@dataclass(frozen=True)
class ScoredSentence:
    """A sentence of a hit's passage, as offsets into its article, and how well it fits the question."""

    hit: Hit
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """Return the sentence."""
        return self.hit.passage.article.text[self.start : self.end]

    @property
    def article_id(self) -> str:
        """Return the id of the article that it stands in."""
        return self.hit.passage.article.article_id


def compose_answer(
    store: Store,
    encoder: Encoder,
    names: Names,
    question: Question,
    hits: Sequence[Hit],
    *,
    pointed: Question | None = None,
    reader: Reader | None = None,
    least_confidence: float = ANSWERED_FROM,
) -> Answer:
    """Quote the best sentences of the best hits in reading order, each with its citation, or refuse.

    pointed: what the sentences are to answer, where the question says more so that the articles are found. reader: a
    model that finds the words that answer; it lowers the confidence where it finds none.
    """
    if not hits:
        return Answer(question.text, (), (), "No article passes the filters.", 0.0)
    pointed = pointed or question
    evidence = weigh(store, names, question, hits)
    read = _read(reader, pointed.text, hits[:READ_HITS]) if reader else None
    confidence = evidence.confidence if read is None else min(evidence.confidence, _best_chance(read))
    if confidence < least_confidence:
        reason = _reason(evidence) if evidence.confidence < least_confidence else UNREAD
        return Answer(question.text, (), tuple(hits), reason, confidence)
    sentences = score_sentences(store, encoder, names, pointed, hits[:READ_HITS])
    if read is not None:
        sentences = [replace(each, score=each.score + _chance_within(each, read)) for each in sentences]
    if not sentences:
        reason = "The passages found hold no whole sentence to quote."
        return Answer(question.text, (), tuple(hits), reason, confidence)
    best = sorted(sentences, key=lambda sentence: -sentence.score)
    near = [sentence for sentence in best[:MOST_QUOTES] if sentence.score >= best[0].score - NEARNESS]
    chosen, backing = _points(near, best[:COMPARED], store.lexical, names)
    for needed in _leant_on(chosen, sentences):
        chosen.append(needed)
        backing[needed] = []
    # Reading order: the article of the best sentence first, and within an article as it was written.
    articles = list(dict.fromkeys(sentence.article_id for sentence in chosen))
    in_order = sorted(chosen, key=lambda sentence: (articles.index(sentence.article_id), sentence.start))
    citations = tuple(
        replace(
            _citation(marker, sentence, chosen.index(sentence) + 1, backing[sentence]),
            span=_span(pointed, sentence, store.lexical, read),
        )
        for marker, sentence in enumerate(in_order, start=1)
    )
    disagreements = _disagreements(chosen, best[:COMPARED], store.lexical, names)
    unnamed = unnamed_in(names, question.text, [citation.hit.passage.article for citation in citations])
    if unnamed and question.asked:
        # What Brazil wants from Kim is not told by an article that does not know Brazil.
        confidence = 0.0
        if least_confidence > confidence:
            return Answer(question.text, (), tuple(hits), _unnamed_reason(unnamed), confidence)
    return Answer(question.text, citations, tuple(hits), "", confidence, disagreements, unnamed=unnamed)


def _points(
    near: Sequence[ScoredSentence], compared: Sequence[ScoredSentence], lexical: Lexical, names: Names
) -> tuple[list[ScoredSentence], dict[ScoredSentence, list[ScoredSentence]]]:
    """Return the sentences to quote, best first, and for each those of other articles that make its point."""
    backing: dict[ScoredSentence, list[ScoredSentence]] = {}
    for sentence in [*near, *(other for other in compared if other not in near)]:
        same = next((point for point in backing if _same_point(point, sentence, lexical, names)), None)
        if same is None:
            if sentence in near:
                backing[sentence] = []
        elif sentence.article_id not in {same.article_id, *(each.article_id for each in backing[same])}:
            backing[same].append(sentence)
        elif sentence in near:
            backing[sentence] = []
    return list(backing), backing


def _leant_on(chosen: Sequence[ScoredSentence], sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the sentences in front of those that cannot be understood without them, as many as there is room for."""
    needed: list[ScoredSentence] = []
    for sentence in chosen:
        before = [each for each in sentences if each.hit.rank == sentence.hit.rank and each.end <= sentence.start]
        nearest = max(before, key=lambda each: each.start, default=None)
        if nearest and nearest not in (*chosen, *needed) and _LEANING.match(sentence.text):
            needed.append(nearest)
    return needed[: MOST_TOGETHER - len(chosen)]


def _same_point(one: ScoredSentence, other: ScoredSentence, lexical: Lexical, names: Names) -> bool:
    return (
        one.article_id != other.article_id
        and says_the_same(one.text, other.text, lexical)
        and _other_in(one, other, lexical, names) is None
        and not name_others(one.text, other.text, names)
        and not counts_others(one.text, other.text)
    )


def _reported_otherwise(one: ScoredSentence, other: ScoredSentence, names: Names) -> list[tuple[str, str]]:
    return reported_otherwise(one.hit.passage, other.hit.passage, one.text, other.text, names)


def _other_in(one: ScoredSentence, other: ScoredSentence, lexical: Lexical, names: Names) -> tuple[Told, Told] | None:
    """Return the figure, the day or the name in which two sentences on one thing disagree, or None."""
    if not on_one_thing(one.text, other.text, lexical):
        return None
    if pair := difference(one.text, other.text, lexical):
        return (pair.one.written, pair.one.value), (pair.other.written, pair.other.value)
    published = one.hit.passage.article.published, other.hit.passage.article.published
    if days := other_day(one.text, other.text, published, lexical):
        return (days[0].written, days[0].first), (days[1].written, days[1].first)
    named = other_name(one.text, other.text, lexical, names)
    # Of two editions of one report any name may be the one that was changed; elsewhere both may well be right.
    if named is None and is_edition(one.hit.passage, other.hit.passage):
        named = next(iter(_reported_otherwise(one, other, names)), None)
    return ((named[0], named[0]), (named[1], named[1])) if named else None


def _disagreements(
    chosen: Sequence[ScoredSentence], compared: Sequence[ScoredSentence], lexical: Lexical, names: Names
) -> tuple[Disagreement, ...]:
    """Return for each quote what other articles give in its place, a figure, day or name, in order of publication."""
    found: list[Disagreement] = []
    told: set[ScoredSentence] = set()
    for point in chosen:
        others = [each for each in compared if each.article_id != point.article_id and each not in told]
        pairs = [(each, _other_in(point, each, lexical, names)) for each in others if _of_one_time(point, each)]
        differing = [(each, *pair) for each, pair in pairs if pair]
        if point not in told and differing:
            ours = differing[0][1]
            values = {ours[1]: (ours[0], point)}
            for each, mine, yours in differing:
                if mine == ours:
                    values.setdefault(yours[1], (yours[0], each))
            told.update(each for _, each in values.values())
            by_day = sorted(values.values(), key=lambda value: value[1].hit.passage.article.published or "9999")
            found.append(
                Disagreement(
                    tuple((written, _citation(at, each, at)) for at, (written, each) in enumerate(by_day, start=1))
                )
            )
    return tuple(found)


def _of_one_time(one: ScoredSentence, other: ScoredSentence) -> bool:
    ours, theirs = one.hit.passage.article.published, other.hit.passage.article.published
    if not ours or not theirs:
        return True
    return abs((date.fromisoformat(ours) - date.fromisoformat(theirs)).days) <= DIFFERING_DAYS


def _citation(marker: int, sentence: ScoredSentence, rank: int, backing: Sequence[ScoredSentence] = ()) -> Citation:
    also = tuple(_citation(marker, each, at) for at, each in enumerate(backing, start=1))
    return Citation(marker, sentence.hit, sentence.start, sentence.end, rank, also)


def _read(reader: Reader, question: str, hits: Sequence[Hit]) -> Read:
    """Have a reader look through the passages."""
    spans = reader.spans(question, [hit.passage.text for hit in hits])
    return {
        hit.rank: (hit.passage.start + span.start, hit.passage.start + span.end, (1 + math.tanh(span.score / 2)) / 2)
        for hit, span in zip(hits, spans, strict=True)
        if span
    }


def _best_chance(read: Read) -> float:
    return max((chance for _, _, chance in read.values()), default=0.0)


def _chance_within(sentence: ScoredSentence, read: Read) -> float:
    """Return what a reader gives to the words that begin in this sentence, from 0 to 1."""
    start, _, chance = read.get(sentence.hit.rank, (-1, -1, 0.0))
    return chance if sentence.start <= start < sentence.end else 0.0


def _span(question: Question, sentence: ScoredSentence, lexical: Lexical, read: Read | None) -> Span | None:
    if read is not None and _chance_within(sentence, read) >= ANSWERED_FROM:
        start, end, _ = read[sentence.hit.rank]
        return start, min(end, sentence.end)
    found = answer_span(question.text, sentence.text, lexical)
    return (sentence.start + found[0], sentence.start + found[1]) if found else None


def score_sentences(
    store: Store, encoder: Encoder, names: Names, question: Question, hits: Sequence[Hit]
) -> list[ScoredSentence]:
    """Score every sentence of these hits' passages against the question."""
    tokens = question.encoded.tokens
    if not len(tokens):
        return []
    texts = [embedded_text(hit.passage, with_title=store.title_tells(hit.passage.article.article_id)) for hit in hits]
    rarity = store.lexical.rarity(dict.fromkeys(store.lexical.question_terms(question.words)))
    scored: list[ScoredSentence] = []
    for hit, text, token_spans in zip(hits, texts, encoder.token_spans(texts), strict=True):
        article = hit.passage.article.text
        bits = store.passage_bits(hit.passage.passage_id)
        spans = token_spans[: len(bits)] + hit.passage.start - (len(text) - len(hit.passage.text))
        places = sentence_spans(article, hit.passage.start, hit.passage.end)
        for (start, end), direction in zip(places, _directions(names, question, hit, places), strict=True):
            inside = (spans[:, 0] >= start) & (spans[:, 1] <= end)
            sentence = article[start:end]
            if inside.any() and _can_answer(sentence):
                fit = float(token_matches(tokens, [bits[inside]]).mean())
                bonus = _bonus(store, question.text, rarity, sentence) + DIRECTION_WEIGHT * direction
                whole = PASSAGE_WEIGHT * (hit.signals.late or 0.0)
                scored.append(ScoredSentence(hit, start, end, fit + whole + bonus))
    return scored


def _can_answer(sentence: str) -> bool:
    """Return whether a sentence says something; a question answers none, however well its words fit."""
    if sentence.rstrip("”’\"')").endswith("?"):
        return False
    return len(sentence.split()) >= FEWEST_WORDS or len(sentence) >= FEWEST_WORDS * CHARACTERS_A_WORD


def _directions(names: Names, question: Question, hit: Hit, places: Sequence[Span]) -> Sequence[float]:
    if question.asked is None:
        return [0.0] * len(places)
    votes = passage_directions(hit.passage, question.asked, names, places)
    article = hit.passage.article.text
    return [
        0.0 if vote > 0 and is_of_a_third(article[start:end], question.asked, names) else vote
        for (start, end), vote in zip(places, votes, strict=True)
    ]


def _bonus(store: Store, question: str, rarity: dict[str, float], sentence: str) -> float:
    shared = rarity.keys() & set(store.lexical.terms(sentence))
    total = sum(rarity.values())
    bonus = OVERLAP_WEIGHT * sum(rarity[term] for term in shared) / total if total else 0.0
    cue = cue_of(question)
    if cue and cue.found.search(sentence):
        bonus += CUE_WEIGHT
    return bonus


def _unnamed_reason(unnamed: Sequence[str]) -> str:
    return f"The nearest sentences stand in articles that do not name {' or '.join(f'“{name}”' for name in unnamed)}."


def _reason(evidence: Evidence) -> str:
    if not evidence.missing:
        return "Nothing found is close enough to the question to quote as an answer."
    missing = f"not found: {', '.join(evidence.missing[:MOST_NAMED])}"
    told = f"found: {', '.join(evidence.found[:MOST_NAMED])}; {missing}" if evidence.found else missing
    return f"Nothing is close enough to the question in the nearest passages: {told}."
