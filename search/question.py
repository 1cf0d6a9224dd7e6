"""A question as the stages see it: its words, its vectors, the names and the direction in it."""

from __future__ import annotations

from dataclasses import dataclass

from index.embed import Encoded, Encoder
from index.names import Names
from search.direction import Asked, asked_direction


@dataclass(frozen=True)
class Question:
    """What was asked. `states` are those it names, `asked` is its direction if it has one."""

    text: str
    encoded: Encoded
    states: tuple[str, ...]
    asked: Asked | None


def read_question(text: str, encoder: Encoder, names: Names) -> Question:
    """Embed a question and read its names and direction."""
    states = dict.fromkeys(mention.state for mention in names.mentions(text, typed=True))
    encoded = encoder.encode([text], role="query")[0]
    return Question(text, encoded, tuple(states), asked_direction(text, names))
