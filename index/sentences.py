"""Where sentences begin and end, as offsets into the text they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

Span = tuple[int, int]

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_LETTER = re.compile(r"[^\W\d_]")
_LIST_NUMBER = re.compile(r"\(?\d{1,3}[.)]")
# sentencex ends a sentence after "5 p.m."; a weekday or month behind it goes on with the same one.
_CLOCK_END = re.compile(r"\b[ap]\.m\.$")
_CALENDAR_START = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August"
    r"|September|October|November|December|[A-Z]{2,4}\b|Eastern|Central|Pacific|local)\b"
)


def paragraph_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Split `text[start:end]` at blank lines into trimmed, non-empty spans."""
    stop = len(text) if end is None else end
    spans: list[Span] = []
    at = start
    for gap in _BLANK_LINE.finditer(text, start, stop):
        _append_trimmed(spans, text, at, gap.start())
        at = gap.end()
    _append_trimmed(spans, text, at, stop)
    return spans


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Split `text[start:end]` into sentences; none crosses a blank line.

    Boundaries come from sentencex (https://github.com/wikimedia/sentencex), whose rules never change the
    text. Pieces without a letter, such as the "1." of a list, join the sentence that they belong to.
    """
    spans: list[Span] = []
    for paragraph_start, paragraph_end in paragraph_spans(text, start, end):
        spans.extend(_sentences_of_paragraph(text, paragraph_start, paragraph_end))
    return spans


def _sentences_of_paragraph(text: str, start: int, end: int) -> Iterator[Span]:
    pieces: list[Span] = []
    for boundary in get_sentence_boundaries("en", text[start:end]):
        _append_trimmed(pieces, text, start + boundary["start_index"], start + boundary["end_index"])
    open_start: int | None = None
    for number, (piece_start, piece_end) in enumerate(pieces):
        begin = piece_start if open_start is None else open_start
        following = pieces[number + 1] if number + 1 < len(pieces) else None
        opens_item = number + 2 < len(pieces) and following and _LIST_NUMBER.fullmatch(text, *following)
        if following is not None and not opens_item and _goes_on(text, begin, piece_end, following):
            open_start = begin
            continue
        open_start = None
        yield begin, piece_end


def _goes_on(text: str, begin: int, end: int, following: Span) -> bool:
    next_start, next_end = following
    if not _LETTER.search(text, begin, end) or not _LETTER.search(text, next_start, next_end):
        return True
    clock = _CLOCK_END.search(text, max(begin, end - 6), end)
    return bool(clock and _CALENDAR_START.match(text, next_start, next_end))


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
