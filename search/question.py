"""A question as the stages see it: its words, its vectors, the names and the direction in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np

from index.embed import Encoded, Encoder, Vector
from index.errors import BriefingsError
from index.lexical import Lexical, Named, without_openings
from index.names import Names
from search.direction import Asked, asked_direction
from search.period import Period, period_of
from search.years import years_in

SHOUTED_WORDS = 4  # words in capitals that make a question without its mark a shouted one
_WORD = re.compile(r"\w+")


class QuestionError(BriefingsError):
    """Raise when a question or its filters cannot be searched for as they are."""


class UnreadableQuestionError(QuestionError):
    """Raise when a question itself is empty or too long; in a batch the others go on."""


@dataclass(frozen=True)
class Question:
    """What was asked. `asked` is its direction if it has one.

    words: the text as its words are searched for, of the same length. weights: (t,) float32, how much each token of
    `encoded` counts in late interaction. named: where it names a state or a leader, and their other names. period: the
    time that it names by the day it is asked on, where that day is known. years: those that it names in digits.
    """

    text: str
    words: str
    encoded: Encoded
    weights: Vector
    named: tuple[Named, ...]
    asked: Asked | None
    period: Period | None = None
    years: frozenset[str] = frozenset()


def read_question(
    text: str, encoder: Encoder, names: Names, lexical: Lexical, asked_on: date | None = None
) -> Question:
    """Embed a question, weigh its tokens, and read its names and direction."""
    encoded = encoder.encode([text], role="query")[0]
    # In a question all in capitals, these tell nothing: "WHO" is then a question word. A few capitals are a name.
    shouted = text.isupper() and (text.endswith("?") or len(text.split()) >= SHOUTED_WORDS)
    words = text.lower() if shouted and len(text.lower()) == len(text) else without_openings(text)
    mentions = names.mentions(text, typed=True)
    return Question(
        text=text,
        words=words,
        encoded=encoded,
        weights=_token_weights(words, encoded, lexical),
        named=tuple(Named(each.start, each.end, tuple(names.other_names(each.state))) for each in mentions),
        asked=asked_direction(text, names),
        period=period_of(text, asked_on) if asked_on else None,
        years=years_in(text),
    )


def _token_weights(text: str, encoded: Encoded, lexical: Lexical) -> Vector:
    """Weigh a token by 1, and by the rarity of the word that it is a piece of unless that is a question word."""
    words = [(found.start(), found.end(), lexical.part_terms(found[0])) for found in _WORD.finditer(text)]
    rarity = lexical.rarity(term for _, _, terms in words for term in terms)
    weights = np.ones(len(encoded.tokens), dtype=np.float32)
    for start, end, terms in words:
        inside = (encoded.spans[:, 0] >= start) & (encoded.spans[:, 0] < end)
        weights[inside] += max((rarity[term] for term in terms), default=0.0)
    return weights
