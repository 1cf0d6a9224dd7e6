"""Words of a question that no article has, and the name nearest to each in the way that the articles spell it.

what does Putn want?        Putin
who is Sergei Shoygu?       Shoigu
where is Zelenskiy now?     Zelensky
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from index.names import Names
from index.store import Store

LIKENESS = 0.75  # of two spellings, as difflib measures it: "Volodimir" and "Volodymyr" have .78
LIKENESS_OF_SHORT = 0.8  # "bake" and "Baku" have .75, "Putn" and "Putin" .89
ABOUT_AS_NEAR = 0.05  # "Volodimir" has .82 to "Vladimir", "Turky" .91 to "Turkey" and .8 to "Turks"
FEWEST_LETTERS = 4
SHORT = 6  # letters; a shorter one in lower case is a word ("bake") sooner than a name, unless it is near a leader's
LOOKED_AT = 50  # passages that have a word of a like spelling

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Respelled:
    """A word of a question, from start to end, and the name that articles have instead."""

    start: int
    end: int
    written: str
    name: str


def respelled(store: Store, names: Names, question: str) -> list[Respelled]:
    """Return each word that nothing in the index has and that is spelled nearly as a name in it is."""
    unknown = [
        (word, terms[0])
        for word in _WORD.finditer(question)
        if len(word[0]) >= FEWEST_LETTERS
        and len(terms := store.lexical.part_terms(word[0])) == 1
        and not store.lexical.has(terms[0])
    ]
    # Most questions have no such word, and then nothing more is read.
    leaders = [word for name, _ in store.people() for word in _WORD.findall(name)] if unknown else []
    found: list[Respelled] = []
    for word, term in unknown:
        like = _names_like(store, term)
        if word[0].islower() and len(word[0]) < SHORT:
            like = [name for name in like if names.mentions(name)]
        if name := _nearest(word[0], [*leaders, *like]):
            found.append(Respelled(word.start(), word.end(), word[0], name))
    return found


def as_respelled(question: str, words: Sequence[Respelled]) -> str:
    """Return a question with these words, in order, in the spelling of the articles."""
    pieces, place = [], 0
    for word in words:
        pieces += [question[place : word.start], word.name]
        place = word.end
    return "".join(pieces) + question[place:]


def _names_like(store: Store, term: str) -> list[str]:
    """Return the words with a capital, and never without, of passages that have a word like this one."""
    passages = store.passages(store.lexical.like(term, LOOKED_AT)).values()
    words = {word for each in passages for word in _WORD.findall(f"{each.title}\n{each.text}")}
    return sorted(word for word in words if word[0].isupper() and word.lower() not in words)


def _nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name spelled most like a word, of those that begin with the same letter.

    Of those that are about as near, one as long is preferred: "Volodimir" is nearer to "Vladimir" by letters, and
    means "Volodymyr"; "Turky" is much nearer to "Turkey" than to "Turks".
    """
    plain = _plain(word)
    spelled = {_plain(name): name for name in names if len(name) >= FEWEST_LETTERS}
    alike = [name for name in spelled if name[0] == plain[0]]
    close = get_close_matches(plain, alike, n=3, cutoff=LIKENESS_OF_SHORT if len(plain) < SHORT else LIKENESS)
    likeness = {name: SequenceMatcher(None, name, plain).ratio() for name in close}
    near = [name for name in close if likeness[name] >= max(likeness.values()) - ABOUT_AS_NEAR]
    return spelled[min(near, key=lambda name: abs(len(name) - len(plain)))] if near else None


def _plain(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()
