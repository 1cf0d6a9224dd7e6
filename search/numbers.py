"""The numbers of a text, in digits or words, so that "two dozen" and "24" are the same."""

from __future__ import annotations

import re

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_COUNTS = {
    **{word: float(value) for value, word in enumerate(_ONES.split())},
    **{word: 10.0 * value for value, word in enumerate(_TENS.split(), start=2)},
}
_SCALES = {"dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "tn": 1e12}
_WORD_OF_NUMBER = rf"(?:{'|'.join((*_COUNTS, *_SCALES))})"
_NUMBER = re.compile(
    r"(?P<sign>[$€£¥])?(?:"
    rf"(?P<digits>\d+(?:[.,:]\d+)*)(?:[ -]?(?P<scale>{'|'.join((*_SCALES, *_SHORT_SCALES))})\b)?"
    rf"|\b(?P<words>{_WORD_OF_NUMBER}(?:(?:[ -]|(?<=undred|ousand) and ){_WORD_OF_NUMBER})*)\b)"
    r"(?:[ -]?(?P<unit>%|per ?cent\b|dollars?\b|euros?\b))?",
    re.IGNORECASE,
)
_UNIT_OF = {"": "", "%": "%", "p": "%", "d": "$", "e": "€"}
_COUNTLESS = re.compile(r"\b(?:no one|one another|one of)\b", re.IGNORECASE)
_LOOSE_NUMBER = re.compile(
    r"\b(?:half|third|quarter|twice|doubled?|tripled?|thrice|first|second|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
    r"|(?:dozen|hundred|thousand|million|billion|trillion|score)s|majority|minority)\b",
    re.IGNORECASE,
)


def numbers(text: str) -> set[str]:
    """Return the numbers of a text, written in digits or words, each with its unit: "5e+09 $", "34", "half"."""
    text = _COUNTLESS.sub(" ", text)
    found = {_number(match) for match in _NUMBER.finditer(text)}
    return found | {match[0].casefold() for match in _LOOSE_NUMBER.finditer(text)}


def _number(match: re.Match[str]) -> str:
    unit = match["sign"] or _UNIT_OF[(match["unit"] or "").casefold()[:1]]
    if match["words"]:
        return f"{_spelled(match['words']):.12g} {unit}"
    scale = {**_SCALES, **_SHORT_SCALES}.get((match["scale"] or "").casefold(), 1.0)
    digits = re.sub(r",(?=\d{3}(?!\d))", "", match["digits"])
    try:
        return f"{float(digits) * scale:.12g} {unit}"
    except ValueError:  # a time, a version, or a list of numbers without spaces
        return f"{digits} {unit}"


def _spelled(words: str) -> float:
    total = current = 0.0
    for word in re.split(r"[ -]", words.casefold()):
        scale = _SCALES.get(word, 1.0)
        if scale >= 1e3:
            total, current = total + (current or 1.0) * scale, 0.0
        else:
            current = (current or 1.0) * scale if scale > 1 else current + _COUNTS.get(word, 0.0)
    return total + current


def is_number_word(folded: str) -> bool:
    """Return whether a word, in lower case, is a number or part of one."""
    return folded in _COUNTS or folded in _SCALES or bool(_LOOSE_NUMBER.fullmatch(folded))
