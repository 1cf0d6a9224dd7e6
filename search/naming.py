"""Whether two reports name somebody else, or another number, in the same place: "signed by Ruff", "signed by Kohl".

Forms of one name are no other name: "Mr Putin" and "President Vladimir Putin", "the Kremlin" and "Moscow",
"Zelensky" and "Zelenskiy", "IAEA" and "International Atomic Energy Agency". In doubt a capital is no name, so that
copies of one report stay together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby, islice

from index.names import Names
from search.numbers import is_number_word, numbers

AROUND = 4  # words that both have around the two names, so that these stand in the same place
MOST_WORDS = 300  # of a text that are compared; a passage has about 130
LIKENESS = 0.6  # of two spellings with the same consonants, as difflib measures it

_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*['’]?")
_I = re.compile(r"I['’]|.\Z")  # "I've", and a single letter
_SENTENCE_END = re.compile(r"[.!?:][\"'”’)]*\s+[\"'“‘(]*\Z|\A\W*\Z|[\"“‘(]\Z|\n\s*\Z")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december"),
)
# What stands in front of a name and tells nobody apart, and words of names that are left out at will.
_TITLES = frozenset(
    """
    mr mrs ms miss dr sir lord lady dame prof professor gen general col colonel lt lieutenant maj major capt captain
    sgt admiral president vice prime minister premier chancellor king queen prince princess emperor sultan emir sheikh
    shah ayatollah pope cardinal archbishop bishop father rev reverend senator sen representative rep congressman
    congresswoman governor gov mayor judge justice secretary ambassador envoy chairman chairwoman chief director
    executive ceo government ministry department cabinet
    foreign defence defense finance interior former acting supreme leader comrade the of and for al el bin ibn de la
    van von der den da del di jr sr st saint
    """.split()  # noqa: SIM905 - as many quotation marks would not make it plainer
)
_INSIDE = frozenset({"of", "and", "for", "the", "al", "el", "bin", "ibn", "de", "la", "van", "von", "der", "den", "da"})


_Block = tuple[str, int, int, int, int]  # as SequenceMatcher.get_opcodes tells them


@dataclass(frozen=True)
class _Word:
    """A word of a text.

    bare: without case, marks and possessive. named: its capital is a name's, and not only a sentence's.
    """

    bare: str
    start: int
    end: int
    named: bool


def told_otherwise(one: str, other: str, names: Names) -> list[tuple[str, str]]:
    """Return names, and numbers in words, that stand in the same place of two texts and are no forms of one."""
    ours, theirs = _words(one, names), _words(other, names)
    matcher = SequenceMatcher(None, [word.bare for word in ours], [word.bare for word in theirs], autojunk=False)
    blocks = matcher.get_opcodes()
    found: list[tuple[str, str]] = []
    for at, (tag, *_) in enumerate(blocks):
        if tag == "replace" and _in_one_place(blocks, at, len(ours), len(theirs)):
            mine, yours = _whole(ours, theirs, blocks[at], _goes_on)
            counted, yours_counted = _whole(ours, theirs, blocks[at], _is_number)
            if _is_name(mine) and _is_name(yours):
                written = _written(one, mine), _written(other, yours)
                if not same_name(*written, names):
                    found.append(written)
            elif all(map(_is_number, (*counted, *yours_counted))):
                written = _written(one, counted), _written(other, yours_counted)
                if numbers(written[0]) != numbers(written[1]):
                    found.append(written)
    return found


def name_others(one: str, other: str, names: Names) -> bool:
    """Return whether each of two texts names somebody, or something, that the other does not name in any form."""
    ours, theirs = _named(one, names), _named(other, names)
    return _lacks(ours, theirs, names) and _lacks(theirs, ours, names)


def counts_others(one: str, other: str) -> bool:
    """Return whether each of two texts has a number, in digits or words, that the other has not."""
    ours, theirs = numbers(one), numbers(other)
    return bool(ours - theirs and theirs - ours)


def _named(text: str, names: Names) -> list[str]:
    runs = [list(run) for named, run in groupby(_words(text, names), _goes_on) if named]
    return [_written(text, run) for run in runs]


def _lacks(names: Sequence[str], others: Sequence[str], known: Names) -> bool:
    return any(not any(same_name(name, other, known) for other in others) for name in names)


def same_name(one: str, other: str, names: Names) -> bool:
    """Return whether two names may be forms of one."""
    ours, theirs = _telling(one), _telling(other)
    if not ours or not theirs:
        return True  # "the President" may be anybody
    kinds = _calendar(ours), _calendar(theirs)
    if any(kinds):
        return kinds[0] != kinds[1] or _alike(ours[-1], theirs[-1])
    mine, yours = names.mentions(one), names.mentions(other)
    both_lead = any(names.is_leader(one[each.start : each.end]) for each in mine) and any(
        names.is_leader(other[each.start : each.end]) for each in yours
    )
    if mine and yours and not both_lead:
        return not {each.state for each in mine}.isdisjoint(each.state for each in yours)
    if _stands_for(ours, other) or _stands_for(theirs, one) or _alike("".join(ours), "".join(theirs)):
        return True
    fewer, more = sorted((ours, theirs), key=len)
    if all(any(_alike(word, told) for told in more) for word in fewer):
        return True
    # "Joe Biden" and "Joseph Biden", but not "Anna Ruff" and "Berta Ruff".
    return len(fewer) > 1 and _alike(ours[-1], theirs[-1]) and ours[0][0] == theirs[0][0]


def _words(text: str, names: Names) -> list[_Word]:
    known = {place for mention in names.mentions(text) for place in range(mention.start, mention.end)}
    found = list(islice(_WORD.finditer(text), MOST_WORDS))
    inside = [match[0][0].isupper() and not _SENTENCE_END.search(text[: match.start()][-8:]) for match in found]
    seen = {match[0] for match, capital in zip(found, inside, strict=True) if capital}
    return [
        _Word(
            _bare(match[0]),
            match.start(),
            match.end(),
            not _I.match(match[0])
            and (capital or match[0] in seen or (match[0][0].isupper() and match.start() in known)),
        )
        for match, capital in zip(found, inside, strict=True)
    ]


@lru_cache(maxsize=20_000)
def _bare(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.replace("’", "'").replace(".", ""))
    folded = "".join(each for each in plain if not unicodedata.combining(each)).casefold()
    return re.sub(r"'s?$", "", folded)


def _in_one_place(blocks: Sequence[_Block], at: int, ours: int, theirs: int) -> bool:
    """Return whether enough of the same words stand around a block, on both sides where the texts go on."""
    _, first, last, other_first, other_last = blocks[at]
    before = blocks[at - 1][2] - blocks[at - 1][1] if at and blocks[at - 1][0] == "equal" else 0
    behind = blocks[at + 1][2] - blocks[at + 1][1] if at + 1 < len(blocks) and blocks[at + 1][0] == "equal" else 0
    opens, ends = first == 0 and other_first == 0, last == ours and other_last == theirs
    return before + behind >= AROUND and bool(before or opens) and bool(behind or ends)


def _written(text: str, words: Sequence[_Word]) -> str:
    return text[words[0].start : words[-1].end]


def _whole(
    ours: Sequence[_Word], theirs: Sequence[_Word], block: _Block, goes_on: Callable[[_Word], bool]
) -> tuple[Sequence[_Word], ...]:
    """Return what differs with the rest of the names that both have: "Vladimir" and "Mr", each with its "Putin"."""
    _, first, last, other_first, other_last = block
    while first and other_first and goes_on(ours[first - 1]) and goes_on(theirs[other_first - 1]):
        first, other_first = first - 1, other_first - 1
    while last < len(ours) and other_last < len(theirs) and goes_on(ours[last]) and goes_on(theirs[other_last]):
        last, other_last = last + 1, other_last + 1
    return ours[first:last], theirs[other_first:other_last]


def _goes_on(word: _Word) -> bool:
    return word.named and word.bare not in (*_DAYS, *_MONTHS)


def _is_number(word: _Word) -> bool:
    return is_number_word(word.bare) or word.bare.isdecimal()


def _is_name(words: Sequence[_Word]) -> bool:
    return any(word.named for word in words) and all(word.named or word.bare in _INSIDE for word in words)


def _telling(name: str) -> list[str]:
    """Return the words of a name that tell it from others: no titles, a hyphen parts two."""
    return [bare for word in _WORD.findall(name) if (bare := _bare(word)) not in _TITLES]


def _calendar(words: Sequence[str]) -> str:
    """Return what kind of day a name is, "" for none."""
    for kind, known in (("weekday", _DAYS), ("month", _MONTHS)):
        if any(len(word) >= 3 and each.startswith(word) for word in words for each in known):
            return kind
    return ""


def _stands_for(short: Sequence[str], name: str) -> bool:
    """Return whether a name is the other's initials: "IAEA", "DoD"; what is in front of these may be left out."""
    words = [_bare(word) for word in _WORD.findall(name)]
    initials = ("".join(word[0] for word in each) for each in (words, (w for w in words if w not in _INSIDE)))
    return len(short) == 1 and len(short[0]) > 1 and any(each.endswith(short[0]) for each in initials)


def _alike(one: str, other: str) -> bool:
    """Return whether two words may be one in two spellings, or one the other cut short or without its ending."""
    if one == other or (min(len(one), len(other)) != 2 and (one.startswith(other) or other.startswith(one))):
        return True
    return _consonants(one) == _consonants(other) and SequenceMatcher(None, one, other).ratio() >= LIKENESS


@lru_cache(maxsize=20_000)
def _consonants(word: str) -> str:
    """Return what stays of a word however it is transliterated: "Gaddafi" and "Qadhafi" are both "kdf"."""
    folded = re.sub(r"(?<=[bcdfgjklmnpqrstvwxz])h", "", word.replace("ph", "f"))
    folded = re.sub(r"c(?=[eiy])", "s", folded).translate(str.maketrans("cgqwz", "kkkvs")).replace("x", "ks")
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouy]", "", folded))
