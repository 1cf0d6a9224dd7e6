"""An article's sections: from marked headings, run-in heads and question leads.

Marked headings come from the file (Markdown, HTML). The other two stand inside a paragraph:

    Two rivals, one pipeline: The talks began ...        run-in head
    What does Ankara want in return? The government ...  question lead

Text that stands under no head is a section of kind "lead".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.records import Article, Section, SectionKind
from index.sentences import paragraph_spans, sentence_spans

MOST_HEAD_WORDS = 10
MOST_QUESTION_WORDS = 25

_RUN_IN = re.compile(r"(?P<head>[^.!?:;\n]{3,91}):\s+(?P<next>\S)")
# "Kim said: ..." introduces speech and "MR. EARNEST: ..." names a speaker; neither heads a section.
_SPEECH_VERB = re.compile(
    r"\b(?:said|says|say|saying|told|tells|added|adds|asked|asks|wrote|writes|read|reads|declared|warned|"
    r"tweeted|posted|replied|stated|announced|quoted|put it|follows|following|including|example|this|that)$",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"(?:Q|A|THE PRESIDENT|(?:MR|MRS|MS|DR|GEN|SEN|REP)\.? .*|[A-Z][A-Z .'-]*)$")
# "It wouldn't be a first: Pyongyang ..." is a sentence with a colon in it.
_OPENS_SENTENCE = re.compile(
    r"(?:It|This|That|These|Those|There|He|She|They|We|I|You|But|And|Or|So|Yet|Still|Then|If|When|As|For|His|Her"
    r"|Their|Its|Our|My|Not)\b",
    re.IGNORECASE,
)
_OPENS_QUOTE = ("“", '"', "‘", "'", "«")

_Head = tuple[int, int, str, SectionKind]  # where the section starts, where its body starts, heading, kind


def sections_of(article: Article) -> list[Section]:
    """Cut an article into sections, in order; together they cover all of its text but the headings."""
    heads = sorted([*_marked_heads(article), *_inline_heads(article)])
    sections: list[Section] = []
    first = heads[0][0] if heads else len(article.text)
    _append_section(sections, article.text, "", "lead", 0, first)
    for number, (_, body, heading, kind) in enumerate(heads):
        stop = heads[number + 1][0] if number + 1 < len(heads) else len(article.text)
        _append_section(sections, article.text, heading, kind, body, stop)
    return sections


def _marked_heads(article: Article) -> Iterator[_Head]:
    for mark in article.headings:
        yield mark.start, mark.end, " ".join(article.text[mark.start : mark.end].split()), "heading"


def _inline_heads(article: Article) -> Iterator[_Head]:
    marked = sorted((mark.start, mark.end) for mark in article.headings)
    passed = 0
    for start, end in paragraph_spans(article.text):
        while passed < len(marked) and marked[passed][1] <= start:
            passed += 1
        if passed < len(marked) and marked[passed][0] < end:
            continue
        found = _run_in_head(article.text, start, end) or _question_lead(article.text, start, end)
        if found:
            heading, kind = found
            # The head is part of the paragraph's text and stays quotable, so the body starts with it.
            yield start, start, heading, kind


def _run_in_head(text: str, start: int, end: int) -> tuple[str, SectionKind] | None:
    match = _RUN_IN.match(text, start, end)
    if not match:
        return None
    head = match["head"]
    if not all(first.isupper() or first.isdigit() or first in "“\"'‘" for first in (head[0], match["next"])):
        return None
    if len(head.split()) > MOST_HEAD_WORDS or _SPEECH_VERB.search(head) or _SPEAKER.match(head):
        return None
    if _OPENS_SENTENCE.match(head) or (head.startswith(_OPENS_QUOTE) and len(head.split()) < 2):
        return None
    return head, "run-in"


def _question_lead(text: str, start: int, end: int) -> tuple[str, SectionKind] | None:
    # A lead is short, so a long paragraph need not be cut into sentences to find it.
    window = min(end, start + 400)
    if text.find("?", start, window) < 0 or text.startswith(_OPENS_QUOTE, start):
        return None
    first_start, first_end = sentence_spans(text, start, window)[0]
    question = text[first_start:first_end]
    if not question.endswith("?") or not 3 <= len(question.split()) <= MOST_QUESTION_WORDS:
        return None
    return " ".join(question.split()), "question"


def _append_section(sections: list[Section], text: str, heading: str, kind: SectionKind, start: int, end: int) -> None:
    if text[start:end].strip():
        sections.append(Section(heading=heading, kind=kind, start=start, end=end))
