"""Questions that a rule makes of sentences: what is asked for is left out, and the rest stands in its place.

After Lewis, Denoyer and Riedel, "Unsupervised Question Answering by Cloze Translation", ACL 2019,
https://arxiv.org/abs/1906.04980, without its translation: they are clumsy, and teach no more than to compare words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from bench.answerability.exchange import NAME, NUMBER, exchange, things_of
from bench.answerability.rows import Row
from index.sentences import Span, sentence_spans

_SMALL_WORDS = re.compile(
    r"(?:the|an?|of|in|on|at|to|for|and|or|but|by|with|from|as|that|which|who|is|are|was|were|be|been|its?|this|these"
    r"|those|he|she|they|his|her|their|i|we|you|not|has|have|had|will|would|can|could|may|also|than|then|so|if)[,.]?",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b(?:1[5-9]|20)\d\d\b|January|February|March|April|May|June|July|August|September|October")
_PLACE = re.compile(r"\b(?:in|at|near|from) $")
_WORDS = re.compile(r"[\w'’-]+")
_CLAUSE = re.compile(r"[,;:—]| - ")
MOST_WORDS = 120


def made_rows(texts: Sequence[str], chance: random.Random, least: int) -> list[Row]:
    """Return at least so many rows, about half of them answered."""
    cut = [(text, spans) for text, spans in ((text, sentence_spans(text)) for text in texts) if len(spans) > 2]
    weights = [len(spans) for _, spans in cut]
    rows: list[Row] = []
    while len(rows) < least:
        text, spans = chance.choices(cut, weights)[0]
        rows.extend(_made(text, spans, chance.randrange(len(spans)), chance))
    return rows


def _made(text: str, spans: Sequence[Span], number: int, chance: random.Random) -> Iterator[Row]:
    start, end = spans[number]
    made = _question(text[start:end], chance)
    if made is None:
        return
    question, (first, last) = made
    more = chance.choice((0, 1, 1, 2, 2, 3))
    low = max(0, number - chance.randint(0, more))
    high = max(number, min(len(spans) - 1, low + more))
    begin = spans[low][0]
    around = text[begin : spans[high][1]]
    if len(around.split()) > MOST_WORDS:
        return
    span = (start + first - begin, start + last - begin)
    answer = around[span[0] : span[1]]
    yield Row(question, around, answers=True, span=span)
    drawn = chance.random()
    other = exchange(question, things_of(text), answer, chance)
    if other and drawn < 0.75:
        yield Row(other.text, around, answers=False)
        apart = other.old not in answer and answer not in other.old
        if other.old and apart and other.new not in around and chance.random() < 0.5:
            both = around.replace(other.old, other.new)
            at = both.find(answer)
            if at >= 0:
                yield Row(other.text, both, answers=True, span=(at, at + len(answer)))
                yield Row(question, both, answers=False)
    near = [each for each in range(max(0, number - 3), min(len(spans), number + 4)) if each != number]
    if drawn > 0.6 and near:
        drawn_from = chance.sample(near, min(len(near), chance.choice((1, 2, 2, 3))))
        without = " ".join(text[spans[each][0] : spans[each][1]] for each in sorted(drawn_from))
        if answer.casefold() not in without.casefold():
            yield Row(question, without, answers=False)


def _question(sentence: str, chance: random.Random) -> tuple[str, Span] | None:
    """Return a question that a sentence answers, and where in it the answer stands."""
    places = [*_named(sentence, chance), *_counted(sentence), *_phrases(sentence, chance)]
    if not places:
        return None
    asking, (start, end) = chance.choice(places)
    before, after = sentence[:start], sentence[end:].rstrip(".!?")
    if chance.random() < 0.5:
        nearest = _CLAUSE.split(before)[-1], _CLAUSE.split(after)[0]
        if len(" ".join(nearest).split()) > 2:
            before, after = nearest
    words = f"{after} {before}".split() if chance.random() < 0.5 else f"{before} {after}".split()
    kept = [word for word in words if chance.random() > (0.35 if _SMALL_WORDS.fullmatch(word) else 0.08)]
    if len(kept) < 3:
        return None
    if len(kept) > 22:
        at = chance.randrange(len(kept) - 18)
        kept = kept[at : at + chance.randint(10, 18)]
    question = " ".join([asking, *kept]) + ("?" if chance.random() < 0.8 else "")
    return question[0].upper() + question[1:] if chance.random() < 0.7 else question, (start, end)


def _named(sentence: str, chance: random.Random) -> Iterator[tuple[str, Span]]:
    for match in NAME.finditer(sentence):
        if match.start() or " " in match[0]:
            place = _PLACE.search(sentence[: match.start()])
            yield chance.choice(("where", "what place") if place else ("who", "what", "which", "what")), match.span()


def _counted(sentence: str) -> Iterator[tuple[str, Span]]:
    for match in NUMBER.finditer(sentence):
        yield "when" if _DATE.search(match[0]) else "how many", match.span()


def _phrases(sentence: str, chance: random.Random) -> Iterator[tuple[str, Span]]:
    words = list(_WORDS.finditer(sentence))
    for _ in range(2 if len(words) > 6 else 0):
        first = chance.randrange(1, len(words) - 1)
        last = min(len(words) - 1, first + chance.randint(0, 3))
        inside = [word for word in words[first : last + 1] if not _SMALL_WORDS.fullmatch(word[0])]
        if inside:
            yield chance.choice(("what", "which", "how")), (inside[0].start(), inside[-1].end())
