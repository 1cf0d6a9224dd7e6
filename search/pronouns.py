"""Pronouns of a question, and what they stand for where the turn before leaves little doubt.

After "what does Egypt want from Ethiopia?", "it" is Egypt; after "who led the putsch?", "he" is the one person whom the
answer names; after "what happened in Niamey?", "there" is in Niamey. Any other pronoun stays: a wrong name leads a
search further astray than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from string import capwords

from index.names import Names, people_in
from search.direction import asked_direction

MOST_ANSWER_CHARACTERS = 2_000  # looked at for names

_ARTICLE = re.compile(r"\bthe $", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:he|she|him|his|her|it|its|they|them|their)\b(?!['’-]\w)|\bthere\b(?=\W*$)", re.IGNORECASE)
_OF_PEOPLE = frozenset({"he", "she", "him", "his", "her"})
_OWNERS = frozenset({"his", "her", "its", "their"})
_OBJECTS = frozenset({"him", "them"})
_WHO = re.compile(r"\W*(?:(?:and|but|so)\s+)?who\b", re.IGNORECASE)
_WHERE = re.compile(r"\W*(?:(?:and|but|so)\s+)?where\b", re.IGNORECASE)
_NOUN = re.compile(r"\b(?:the|an?) \w|\s[A-Z]")
_PREPOSITION = re.compile(
    r"\b(?:from|to|by|with|against|of|for|on|towards?|in|near|around|over|through) $", re.IGNORECASE
)
_GOING = re.compile(
    r"\b(?:go|goes|went|gone|going|travel\w*|fl(?:y|ew|own)|c[oa]me|return\w*|sen[dt]) $", re.IGNORECASE
)
_CAPITAL = r"[A-Z][\w'’-]+"
_MORE = rf"(?: (?:bin |al |el |de |van |von )?{_CAPITAL})"
# Newspapers introduce a person by a title, or by what follows a comma.
_INTRODUCED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Dr|President|General|Minister) (?P<titled>{_CAPITAL}{_MORE}{{0,3}})"
    rf"|\b(?P<no_person>(?:[Tt]he|[Ii]n|[Aa]t|[Oo]n|[Ff]rom|of) )?(?P<named>{_CAPITAL}{_MORE}{{1,3}}),"
)
# "In Niamey on Friday", and not "at the Russian border".
_PLACE = re.compile(
    rf"\b(?P<at>[Ii]n|[Aa]t|[Nn]ear|[Oo]utside) (?P<name>(?:the )?{_CAPITAL}{_MORE}{{0,3}})(?=\W*$|[,.;:]"
    r"| (?:in|on|at|and|by|after|before|since|during|last|this|when|he|she|they|who|was|were|is|are|had|has)\b)"
)


@dataclass(frozen=True)
class Party:
    """A state, an institution or a leader, as it is written in a text, with its "the"."""

    start: int
    end: int
    written: str
    state: str
    person: bool


def parties_in(text: str, names: Names, *, typed: bool = True) -> list[Party]:
    """Find who is named in a text, in order. In a typed question names may be in lower case."""
    found: list[Party] = []
    for mention in names.mentions(text, typed=typed):
        article = _ARTICLE.search(text, max(0, mention.start - len("the ")), mention.start)
        start = article.start() if article else mention.start
        written = re.sub(r"['’]s?$", "", text[start : mention.end])
        found.append(Party(start, start + len(written), written, mention.state, not article and _is_person(written)))
    return found


def rewritten(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    """Return a text with some spans exchanged."""
    for start, end, written in sorted(changes, reverse=True):
        text = text[:start] + written + text[end:]
    return text


def name_pronouns(question: str, before: str, answer: str, names: Names) -> tuple[str, bool]:
    """Return a question with its pronouns named, and whether one is left that only the turn before explains."""
    own = {party.state for party in parties_in(question, names)}
    parties = [party for party in parties_in(before, names) if party.state not in own]
    opposed = asked_direction(before, names) is not None
    people = _introduced(answer, before, names) if _WHO.match(before) else _written(parties, person=True)
    states = _written(parties, person=False) if opposed else []
    changes: list[tuple[int, int, str]] = []
    named: dict[str, str] = {}  # "it" and "its" are one, "it" and "them" two
    hanging = False
    for found in _PRONOUN.finditer(question):
        word, lead, behind = found[0].casefold(), question[: found.start()], question[found.end() :]
        is_object = word in _OBJECTS or not behind.strip(" ?!.")
        if not is_object and (_NOUN.search(lead) or parties_in(lead, names)):
            continue  # "why did Vucic say he could not sign?"
        if word == "there":
            name = _place(lead, before, answer, states)
        elif word in _OF_PEOPLE:
            name = people[0] if people and (opposed or len(people) == 1) else None
        elif is_object and not (word == "them" and _PREPOSITION.search(lead)):
            name = None  # "who signed it?" and "did Turkey get them?" are about what was asked
        else:
            left = [state for state in states if state not in named.values()]
            key = word if is_object else word[:2]
            name = named.get(key) or (named.setdefault(key, left[0]) if left else None)
        hanging = hanging or name is None
        if name:
            changes.append((*found.span(), f"{name}'s" if word in _OWNERS else name))
    return rewritten(question, changes), hanging


def _written(parties: Sequence[Party], *, person: bool) -> list[str]:
    """Return the names of persons, or of the others, once for each state."""
    written: dict[str, str] = {}
    for party in parties:
        if party.person == person:
            written.setdefault(party.state, party.written)
    return list(written.values())


def _is_person(name: str) -> bool:
    """Return whether a known name is a leader's: no introduction takes the name of a state for a person's."""
    plain = capwords(name)
    introduced = f"President {plain if ' ' in plain else f'Any {plain}'} of Russia"
    return any(plain == found for found, _ in people_in(introduced))


def _introduced(answer: str, before: str, names: Names) -> list[str]:
    """Return the persons that an answer names first, less those that its question names."""
    text = answer[:MOST_ANSWER_CHARACTERS]
    found = {party.start: party.written for party in parties_in(text, names, typed=False) if party.person}
    for introduced in _INTRODUCED.finditer(text):
        if not introduced["no_person"]:
            found[introduced.start()] = re.sub(r"['’]s?$", "", introduced["titled"] or introduced["named"])
    people: list[str] = []
    known = _words(before)
    for start in sorted(found):
        if known.isdisjoint(_words(found[start])):
            people.append(found[start])
            known |= _words(found[start])
    return people


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _place(lead: str, before: str, answer: str, states: Sequence[str]) -> str | None:
    """Return "in Niger" for "there": "go there" is "go to Niger", and "from there" has its own preposition."""
    in_answer = list(_PLACE.finditer(answer, 0, MOST_ANSWER_CHARACTERS))[:1]
    in_question = list(_PLACE.finditer(before))[-1:]
    found = [*in_answer, *in_question] if _WHERE.match(before) else [*in_question, *in_answer]
    places = [*((place["at"].lower(), place["name"]) for place in found), *(("in", state) for state in states[-1:])]
    if not places:
        return None
    at, name = places[0]
    return name if _PREPOSITION.search(lead) else f"{'to' if _GOING.search(lead) else at} {name}"
