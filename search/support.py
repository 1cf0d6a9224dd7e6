"""Whether a sentence follows from quotes, as far as words can tell.

It does where the quotes hold its numbers, its days, its names and what it puts in quotation marks, at least half of
its other words with no two new ones in a row, and deny what it denies; and where they do not say the same with the
roles swapped.

Not seen: which of a quote's numbers belongs to which thing, a "may" that became a "did", one plain word in another's
place ("soldiers" for "people"), and roles that the grammar here is too shallow for. So quotes are shown beside prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import pairwise, takewhile

from index.names import Names
from search.numbers import is_number_word, numbers

SUPPORT = 0.5  # share of a sentence's plain words that must stand in its quotes
SAME_WORD = 0.63  # share of the longer word that two forms of one word begin with alike
SCOPE = 4  # plain words on each side of a negation that it may deny

_CALENDAR = re.compile(
    r"\b(?:(Jan|Feb|Aug|Sep|Oct|Nov|Dec)(?:uary|ruary|ust|t|tember|ober|ember)?|(March|April|May|June|July)"
    r"|(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|(?i:(today|yesterday|tomorrow|tonight)))\b"
)
_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]")

INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[,;:.!?()—–]")
_CLAUSE_END = frozenset(
    [*",;:.!?()—–", "but", "because", "while", "when", "although", "though", "after", "before", "until", "unless"]
)
_SUFFIXES = frozenset({"", "e", "s", "es", "d", "ed", "ing", "n", "er", "ers", "ly", "al"})
_NOT_DENIALS = re.compile(r"\bnot only\b|\bno doubt\b", re.IGNORECASE)
_DENIAL = re.compile(r"den(?:y|ies|ied|ying|ials?)|(?:refus|reject|fail).*")
_DENYING = "no not never none nobody nothing nowhere neither nor without cannot hardly unable unlikely false"
_JOINING = """
    a about according across after again against all also although always am among an and another any are around as at
    away back be because been before behind being below between both but by can could did do does done down during each
    either even ever every few for from further had has have having he her here hers him his how however i if in into is
    it its just less like many may me meanwhile might more moreover most mr mrs ms much must my near nearly of off on
    once only or other others our out over own per rather roughly same say says said saying shall she should since so
    some still such than that the their theirs them then there these they this those though through thus time times to
    together too toward towards under until up upon us very was we well were what when where whether which while who
    whom whose why will with within would year years yes yet you your almost approximately cent percent dollar dollars
    euro euros
"""
_NEGATIONS, _FUNCTION_WORDS = frozenset(_DENYING.split()), frozenset(_JOINING.split())
_OPPOSITES = tuple(
    (one.split(), other.split())
    for one, other in (
        ("rise rose raise increase grow grew gain jump", "fall fell fallen lower cut decrease drop shrink lost"),
        ("accept agree approve support", "decline oppose condemn"),
        ("win won", "lose lost"),
        ("more above over", "fewer less below under"),
        ("buy bought import", "sell sold export"),
        ("open begin began start", "close end stop"),
    )
)
_BOTH_WAYS = (*_OPPOSITES, *((other, one) for one, other in _OPPOSITES))

_NAME = r"[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*"
_NAMED = rf"(?P<names>{_NAME}(?:(?:,| and)(?: the)? {_NAME})*)"
_HELPING = r"(?P<helping>(?: (?:has|have|had|will|would|did|does|not|is|are|was|were|be(?:en|ing)?|later|also|\w+ly))*)"
_DOES = re.compile(rf"{_NAMED}{_HELPING} (?P<deed>[a-z]+)")
_DONE_BY = re.compile(rf"(?P<deed>[a-z]+) by (?:the )?{_NAMED}")
_IS = re.compile(r"\b(?:is|are|was|were|be|been|being)\b")
_GOVERNED = re.compile(r"\b(?:of|in|from|to|with|by|against|on|off|for|at|between|over|about|than|near)(?: the)? $")

Denial = tuple[str, frozenset[str]]  # the word that is denied, and those around it


def bears_out(quotes: Sequence[str], sentence: str, names: Names, *, question: str = "", around: str = "") -> bool:
    """Return whether the quotes say what a sentence says, as far as words can tell.

    Words of the question count neither for nor against. A name of the question stands where `around`, the text around
    the quotes, has it: a quote says "he", and may mean the one asked about.
    """
    told = "\n".join(quotes)
    asked = _folded(_tokens(question))
    return (
        numbers(sentence) <= numbers(told)
        and _calendar(sentence) <= _calendar(told)
        and all(words.strip(" .,;:!?") in told for words in _QUOTED.findall(sentence))
        and _names_stand(sentence, told, asked & _folded(_tokens(around)) | _other_forms(sentence, told, names))
        and _words_stand(sentence, told, asked)
        and _negations_match(sentence, told)
        and _roles_stand(sentence, told, names)
    )


def _calendar(text: str) -> set[str]:
    """Return the months, weekdays and days such as "yesterday" that a text names."""
    return {part.casefold() for match in _CALENDAR.finditer(text) for part in match.groups() if part}


def _tokens(text: str) -> list[str]:
    """Return words and the marks that end a clause; initials without stops, no possessive "'s"."""
    joined = INITIALS.sub(lambda match: match[0].replace(".", ""), text.replace("’", "'"))
    return [token.removesuffix("'s") for token in _TOKEN.findall(joined)]


def _folded(tokens: Iterable[str]) -> set[str]:
    return {token.casefold() for token in tokens}


def _is_name(token: str) -> bool:
    folded = token.casefold()
    if not token[:1].isupper() or folded in _NEGATIONS or is_number_word(folded) or _CALENDAR.fullmatch(token):
        return False
    return folded not in _FUNCTION_WORDS or (len(token) > 1 and token.isupper())  # the US is a name, and us is none


def _plain_words(tokens: Iterable[str]) -> list[str]:
    """Return the words that carry meaning, less names, numbers and negations."""
    return [token for token in tokens if token[:1].islower() and len(token) > 1 and not _is_without_meaning(token)]


def _is_without_meaning(word: str) -> bool:
    return word in _FUNCTION_WORDS or _is_negation(word) or is_number_word(word) or bool(_CALENDAR.fullmatch(word))


def _names_stand(sentence: str, quotes: str, known: Set[str]) -> bool:
    written = set(_tokens(quotes))
    folded = {word.casefold().removesuffix("s") for word in written}
    for place, token in enumerate(_tokens(sentence)):
        name = token.casefold()
        if not _is_name(token) or name in known:
            continue
        capitals = len(token) > 1 and token.isupper()  # "US" is not "us"
        stands = token in written if capitals else name.removesuffix("s") in folded
        opens = place == 0 and any(word.islower() and _alike(name, word) for word in written)
        if not stands and not opens:
            return False
    return True


def _other_forms(sentence: str, quotes: str, names: Names) -> set[str]:
    """Return names that the quotes have in another form: "Polish" for "Poland", but not "Putin" for "Kremlin"."""
    told = {(each.state, quotes[each.start :][:2].casefold()) for each in names.mentions(quotes)}
    ours = (each for each in names.mentions(sentence) if (each.state, sentence[each.start :][:2].casefold()) in told)
    return _folded(token for each in ours for token in _tokens(sentence[each.start : each.end]))


def _alike(one: str, other: str) -> bool:
    """Return whether two words may be forms of one: "signed" and "signing", not "interest" and "internet"."""
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if same >= max(5.0, SAME_WORD * max(len(one), len(other))):
        return True
    return one == other or (same >= 3 and {one[same:], other[same:]} <= _SUFFIXES)


def _stands(word: str, words: Iterable[str]) -> bool:
    return any(_alike(word, other) for other in words)


def _words_stand(sentence: str, quotes: str, asked: Set[str]) -> bool:
    """Return whether enough plain words stand in the quotes, and no two in a row are new, nor any the opposite."""
    said, tokens = _folded(_tokens(quotes)), _tokens(sentence)
    words = list(dict.fromkeys(_plain_words(tokens)))
    stand = [_stands(word, said) for word in words]
    new = [not standing and not _stands(word, asked) for word, standing in zip(words, stand, strict=True)]
    if any(one and other for one, other in pairwise(new)) or any(_is_turned(word, said) for word in tokens):
        return False
    return any(stand) and sum(stand) >= SUPPORT * (sum(stand) + sum(new))


def _is_turned(word: str, said: Set[str]) -> bool:
    return word not in said and any(
        _stands(word, side) and any(_stands(each, said) for each in other) for side, other in _BOTH_WAYS
    )


def _is_negation(word: str) -> bool:
    return word in _NEGATIONS or word.endswith("n't")


def _denials(text: str) -> Iterator[Denial]:
    """Yield what each negation denies: the next word of its clause, or else the last before: "no date", "was denied".

    What stands around "India denies it", and before "they tried, and failed", is in the clause before.
    """
    tokens = _tokens(_NOT_DENIALS.sub(" ", text))
    for place, token in enumerate(tokens):
        if _is_negation(token if place else token.casefold()) or _DENIAL.fullmatch(token):
            behind, own = _clause(tokens[place + 1 :]), _clause(tokens[:place][::-1])
            before = _plain_words(own) or _plain_words(_clause(tokens[: max(0, place - len(own) - 1)][::-1]))
            far = not _plain_words(own) and any(map(_is_name, own))
            words = [*_plain_words(behind)[:SCOPE], *before[:SCOPE]]
            yield next(iter(_plain_words(behind) if far else words), ""), frozenset(words)


def _clause(tokens: Iterable[str]) -> list[str]:
    return list(takewhile(lambda token: token not in _CLAUSE_END, tokens))


def _negations_match(sentence: str, quotes: str) -> bool:
    """Return whether what the sentence denies is denied in the quotes, and what they deny of it, in the sentence."""
    ours, theirs = list(_denials(sentence)), list(_denials(quotes))
    words = _folded(_tokens(sentence))
    told = [denial for denial in theirs if _stands(denial[0], words)]
    return all(any(_same_denial(one, other) for other in theirs) for one in ours) and all(
        any(_same_denial(one, other) for other in ours) for one in told
    )


def _same_denial(one: Denial, other: Denial) -> bool:
    return not (one[1] and other[1]) or _stands(one[0], other[1]) or _stands(other[0], one[1])


def _roles_stand(sentence: str, quotes: str, names: Names) -> bool:
    """Return whether nobody does what only others do in the quotes: "India accused", "accused by India"."""
    theirs = set(_deeds(quotes, names))
    for doer, deed in _deeds(sentence, names):
        doers = {name for name, told in theirs if _alike(deed, told)}
        if doers and doer not in doers:
            return False
    return True


def _deeds(text: str, names: Names) -> Iterator[tuple[str, str]]:
    """Yield each name and what it does: the word behind a name that no preposition governs, or before "by"."""
    active = [found for found in _DOES.finditer(text) if not _GOVERNED.search(text[: found.start()])]
    for match in (*active, *_DONE_BY.finditer(text)):
        passive = match.re is _DOES and _IS.search(match["helping"]) and not match["deed"].endswith("ing")
        if not passive and _plain_words([match["deed"]]):
            yield from ((who, match["deed"]) for who in _named(match["names"], names))


def _named(listed: str, names: Names) -> Iterator[str]:
    for name in re.split(r",? and (?:the )?|, (?:the )?", listed):
        *_, last = _tokens(name)
        if _is_name(last):
            yield next((mention.state for mention in names.mentions(name)), last.casefold())
