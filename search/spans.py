"""The few words of a quote that answer: a number, a day or a person, where the question asks for one.

The question's other words stand nearest to what it asks for (as in the answer extraction of Moldovan et al., "LASSO:
A Tool for Surfing the Answer Net", TREC 1999). What the question itself says is no answer to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from index.lexical import Lexical
from index.sentences import Span
from search.cues import MONTH, cue_of

_SMALL = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_SCALE = r"hundred|thousand|million|billion|trillion|dozen"
_NUMBER = re.compile(
    rf"(?:(?:US|A|C)?[$£€¥] ?)?\d[\d,]*(?:\.\d+)?(?:(?:–| to )\d[\d,]*(?:\.\d+)?)?(?:(?:[ -](?:{_SCALE}))\b|bn\b|m\b)?"
    r"(?: ?%| per ?cent\b)?"
    rf"|\b(?:{_SMALL})(?:-(?:{_SMALL}))?(?:[ -](?:{_SCALE}))*\b(?: per ?cent\b)?"
    rf"|\b(?:dozens|hundreds|thousands|millions|billions|half|a (?:third|quarter|dozen|{_SCALE}))\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"(?:(?:\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?\b{MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?\b(?!,\d))?(?:,? \d{{4}}\b)?)"
    r"|\b(?:1[0-9]|20)\d\d(?:s\b|\b)|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\byesterday\b"
    r"|\blast (?:week|month|year|spring|summer|autumn|winter)\b|\b\d{1,2}(?:st|nd|rd|th) century\b"
)
_NAME = re.compile(
    r"\b[A-Z][\w’'-]*(?:\.(?= [A-Z]))?(?:,? (?:(?:of|de|del|da|van|von|bin|al|el|the|and) (?=[A-Z]))?[A-Z][\w’'-]*)*"
)
_CALENDAR = re.compile(rf"(?:{MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b")
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_SAID = re.compile(r"(?:the|a|an|in|on|at|it|he|she|they|this|that|but|and|for|after|when|as|if|his|her|its)\b", re.I)
# How far the best must be before the next, chosen on half of xquad-en (bench/spans.py).
MARGIN = {"date": 1.0, "number": 1.5, "person": 3.0}
NEXT_WORD = 4.0  # what the thing that is counted adds where it follows the number at once: "3,000 people"


def answer_span(question: str, sentence: str, lexical: Lexical) -> Span | None:
    """Return where in the sentence the words stand that answer, or None where they cannot be told.

    Offsets count from the start of the sentence, 0 <= start < end <= len(sentence).
    """
    cue = cue_of(question)
    if cue is None or cue.kind not in _FINDERS:
        return None
    asked = set(lexical.terms(question))
    found = [span for span in _FINDERS[cue.kind](sentence) if not asked & set(lexical.terms(sentence[slice(*span)]))]
    if not found:
        return None
    words = [(match.start(), lexical.terms(match[0])) for match in _WORD.finditer(sentence)]
    rarity = lexical.rarity(dict.fromkeys(lexical.question_terms(question)))
    scores = [_nearness(span, words, rarity, counted=cue.kind == "number") for span in found]
    best = max(scores)
    second = max((score for span, score in zip(found, scores, strict=True) if score < best), default=0.0)
    return found[scores.index(best)] if best >= MARGIN[cue.kind] * second else None


def _nearness(span: Span, words: list[tuple[int, list[str]]], rarity: Mapping[str, float], *, counted: bool) -> float:
    """Return the rarity of the question's words in the sentence, each over its distance in words from the span."""
    first = sum(start < span[0] for start, _ in words)
    behind = next((place for place, (start, _) in enumerate(words) if start >= span[1]), len(words))
    score = 0.0
    for place, (_, terms) in enumerate(words):
        distance = first - place if place < first else place - behind + 1
        if distance > 0:
            near = sum(rarity.get(term, 0.0) for term in terms) / distance
            score += near * (NEXT_WORD if counted and place == behind else 1.0)
    return score


def _numbers(sentence: str) -> Iterator[Span]:
    days = [match.span() for match in _DAY.finditer(sentence)]
    for match in _NUMBER.finditer(sentence):
        if not any(start <= match.start() < end for start, end in days):
            yield match.start(), match.end() - len(match[0]) + len(match[0].rstrip(",. "))


def _days(sentence: str) -> Iterator[Span]:
    return (match.span() for match in _DAY.finditer(sentence))


def _names(sentence: str) -> Iterator[Span]:
    for match in _NAME.finditer(sentence):
        start, end = match.span()
        said = _SAID.match(match[0])
        if said:  # the capital of a sentence's first word
            start += said.end()
            start += len(sentence[start:end]) - len(sentence[start:end].lstrip(" ,"))
        if sentence[start:end].endswith(("’s", "'s")):
            end -= 2
        if start < end and sentence[start].isupper() and not _CALENDAR.match(sentence, start):
            yield start, end


_FINDERS = {"number": _numbers, "date": _days, "person": _names}
