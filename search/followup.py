"""A question that leans on the one before it, completed so that it can be searched for by itself.

    what does Russia want from Kim?   and what does Kim get?   and what does Kim get from Russia?
    who signed the grain deal?        when was that?           when was that (signed the grain deal)?
    what does Turkey want from Nato?  what about Sweden?       what does Sweden want from Nato?

The rules look at words alone. What they make is shown to the person who asked, who can change it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.names import Names
from search.pronouns import Party, name_pronouns, parties_in, rewritten

MOST_CHARACTERS = 4_000  # as the searcher reads
SEVERAL = 3  # content words with which a question stands by itself
MOST_TYPED = 300  # characters; what is longer says itself what it is about

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_AND = r"\s*(?:(?:and|but|so|then|or|ok|okay)\b[\s,]*)"
_LEAD = re.compile(rf"{_AND}+", re.IGNORECASE)
_ABOUT = re.compile(rf"{_AND}*(?:what|how) about\s+", re.IGNORECASE)
_ENDING = re.compile(r"[\s?!.…]*$")
# What says nothing of what a question is about: function words, and words that only ask or point.
_EMPTY = frozenset(
    """
    a about actually after again ago all also always am an and any anyone anything are as at be because been before
    behind being but by can could did do does doing done during each else even ever exactly for from happen happened
    happening happens had has have he her hers here him his how i if in into is it its it's just kind last long many me
    mean means meant might more most much must my next no not now of off ok okay on once one ones only or our out over
    please really reason reasons return right said say says she should since so some somebody someone something still
    such sure tell than that that's the their theirs them then there there's these they thing things think this those
    through till to too true under until up us very via was we well were what what's when whence where where's whether
    which while who whole whom who's whose why will with without would yes yet you your
    """.split()  # noqa: SIM905 - as many quotation marks would not make it plainer
)
# A question begins with a wh-word, or one with its measure, and goes on with its subject behind these.
_HEAD = re.compile(
    rf"{_AND}*(?:(?:in|from|to|for|by|since|until|through|at|on|with) )?"
    r"(?:(?:what|which|whom?|when|where|why|how(?: (?:many|much|long|far|often|old|big))?)\b(?:['’]s)?\s*)?"
    r"(?:(?:do(?:es)?|did|is|are|was|were|ha[sd]|have|will|wo|would|can|could|should|may|might|must)(?:n['’]t)?\b\s*)*",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:what|which|who|whose|whom|when|where|why|how)\b", re.IGNORECASE)
_DEFINES = re.compile(r"\s*(?:who|what)(?:['’]s| is| are| was| were)\b(?! \w+ed\b)", re.IGNORECASE)
_PREPOSITION = r"(?P<word>from|to|by|with|against|in|at|of|for|on|towards?|into|over)\s+"
_GOVERNED = re.compile(_PREPOSITION, re.IGNORECASE)
_GOVERNS = re.compile(rf"\b{_PREPOSITION}$", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TOPIC = re.compile(r"\s*\(([^()]*)\)(?=[\s?!.…]*$)")
_LAST = r"(?: (?:in (?:return|exchange)|now|too|instead|back))*$"  # may stand behind the verb that ends a question
_TAKES = re.compile(
    rf"\b(?:want|get|got|need|seek|demand|ask|expect|gain|receive|buy|take|hope)(?:s|ed|ing)?(?: for)?{_LAST}", re.I
)
_GIVES = re.compile(
    rf"\b(?:give|offer|promise|sell|send|supply|pay|lend|owe|pledge|say|provide)(?:s|d|ed|ing)?{_LAST}", re.I
)


@dataclass(frozen=True)
class Turn:
    """What was asked, as it was completed, and the text of the answer, which may be empty."""

    question: str
    answer: str


def complete(question: str, previous: Turn | None, names: Names, *, most_characters: int = MOST_CHARACTERS) -> str:
    """Return a question completed from the turn before it, or as it is where it stands by itself.

    1. "what about X?" is the question before, with X in the place of its like.
    2. A pronoun gives way to what it stands for.
    3. "and what does X get?" gets the other party of the question before.
    4. Where that leaves it hanging, what was asked about follows in brackets.

    What is carried over is cut so that the whole has at most most_characters.
    """
    if previous is None or not (_WORD.search(question) and _WORD.search(previous.question)):
        return question
    if len(question) > MOST_TYPED or max(len(question), len(previous.question)) > most_characters:
        return question
    # 1
    whole = _exchanged(question, previous.question, names)
    if whole is None:
        # 2
        named, hanging = name_pronouns(question, previous.question, previous.answer, names)
        # 3
        leans = named != question or bool(_LEAD.match(question))
        whole = _with_other_party(named, previous.question, names) if leans else named
        # 4
        if hanging or (whole == named and _leans(named, names, changed=named != question)):
            whole = _with_topic(whole, previous.question, names, most_characters)
    return whole if len(whole) <= most_characters else question


def stands_alone(question: str, names: Names) -> bool:
    """Return whether a question can be understood by who reads it first: "And what did France want?" cannot."""
    return not _LEAD.match(question) and not _leans(question, names, changed=False)


def without_topic(question: str) -> str:
    """Return a question without the brackets at its end, which say what it is about but are not what it asks."""
    bare = _TOPIC.sub("", question)
    return bare if _WORD.search(bare) else question


def _leans(question: str, names: Names, *, changed: bool) -> bool:
    """Return whether a question needs what was asked before; changed: that has lent it a name already."""
    parties = parties_in(question, names)
    content = _content(question, parties)
    if len({party.state for party in parties}) > 1 or content >= SEVERAL:
        return False
    if changed or content == 0 or _ABOUT.match(question):
        return True  # "why?", "when was that?", "what about fertiliser?"
    if _LEAD.match(question) and parties:
        # "and who leads Niger?" lacks nothing; "and why did Turkey agree?" does.
        return parties[-1].end < len(_ENDING.sub("", question))
    named = parties or any(word[0].isupper() for word in _WORD.findall(question)[1:])
    return not named and bool(_ASKS.match(question.lstrip())) and not (content == 1 and _DEFINES.match(question))


def _content(text: str, parties: list[Party]) -> int:
    """Count the words that say what a question is about; a name is one."""
    words = [
        word
        for word in _WORD.finditer(text)
        if (plain := word[0].casefold().replace("’", "'")) not in _EMPTY
        and not plain.endswith("n't")
        and not any(party.start <= word.start() < party.end for party in parties)
    ]
    return len(parties) + len(words)


def _exchanged(question: str, before: str, names: Names) -> str | None:
    """Return the question before with X in the place of its like, or None where this is no "what about X?"."""
    start = _ABOUT.match(question) or _LEAD.match(question)
    if not start:
        return None
    body = _ENDING.sub("", question[start.end() :])
    governed = _GOVERNED.match(body)
    new_name = body[governed.end() :] if governed else body
    years = _YEAR.findall(before)
    if years and _YEAR.fullmatch(new_name):
        return before.replace(years[-1], new_name)
    old = parties_in(before, names)
    new = next(iter(parties_in(new_name, names)), None)
    if not old or new is None or (new.start, new.end) != (0, len(new_name)):
        return None
    leaving = _leaving(before, old, governed["word"].casefold() if governed else "")
    if leaving.state == new.state:
        return None
    # Where X was the other party, the two change places.
    instead = {leaving.state: new_name, new.state: leaving.written}
    return rewritten(before, [(party.start, party.end, instead.get(party.state, party.written)) for party in old])


def _leaving(before: str, old: list[Party], preposition: str) -> Party:
    """Return whose place X takes: "and from X?" who stands behind "from", "what about X?" who stands first."""
    if not preposition:
        return old[0]
    for party in reversed(old):
        governs = _GOVERNS.search(before, 0, party.start)
        if governs and governs["word"].casefold() == preposition:
            return party
    return old[-1]


def _with_other_party(question: str, before: str, names: Names) -> str:
    """Add whom something is wanted from or given to, where a question ends on its verb."""
    own = {party.state for party in parties_in(question, names)}
    body = _ENDING.sub("", question)
    preposition = "from" if _TAKES.search(body) else "to" if _GIVES.search(body) else ""
    others = [party for party in parties_in(before, names) if party.state not in own]
    if len(own) != 1 or not others or not preposition:
        return question
    # Of two others, a new party has taken the agent's place.
    return f"{body} {preposition} {others[-1].written}{question[len(body) :].lstrip()}"


def _with_topic(question: str, before: str, names: Names, most: int) -> str:
    """Add in brackets what was asked about, less what the question says already; cut from its end to fit."""
    body = _ENDING.sub("", question)
    mark = question[len(body) :].strip() or ("?" if _ASKS.search(body) else "")
    topic = _topic(before, names)
    while topic and len(f"{body} ({topic}){mark}") > most:
        topic = topic.rpartition(" ")[0]
    said = {word.casefold() for word in _WORD.findall(body)}
    if not {word.casefold() for word in _WORD.findall(topic)} - said:
        return question
    return f"{body} ({topic}){mark}"


def _topic(question: str, names: Names) -> str:
    """Return a question without its head: "who signed the grain deal?" is about "signed the grain deal"."""
    carried = _TOPIC.search(question)
    body = question[: carried.start()] if carried else question
    head = _HEAD.match(body)
    kept = " ".join(_ENDING.sub("", body[head.end() :] if head else body).split())
    if not _content(kept, parties_in(kept, names)):
        kept = ""
    return " ".join(f"{kept} {carried[1] if carried else ''}".replace("(", "").replace(")", "").split())
