"""What helps to read a passage where it stands: the words that match, what is around it, the outline of its article."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.lexical import Lexical
from index.records import Article, Passage
from index.sections import sections_of
from index.sentences import Span

MOST_AROUND = 700  # characters shown before a passage, and behind it
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Outline:
    """A section's head as it stands in the outline of its article: its words, and where the section begins."""

    heading: str
    start: int


def matched_words(question: str, text: str, lexical: Lexical) -> list[Span]:
    """Return where the words of the question stand in a text, in any form that the index takes for the same."""
    asked = set(lexical.question_terms(question))
    if not asked:
        return []
    return [match.span() for match in _WORD.finditer(text) if asked & set(lexical.terms(match[0]))]


def around(passage: Passage) -> tuple[str, str]:
    """Return what stands before a passage in its article and behind it, as whole paragraphs where they are short."""
    text = passage.article.text
    before = text[max(0, passage.start - MOST_AROUND) : passage.start]
    behind = text[passage.end : passage.end + MOST_AROUND]
    if passage.start > MOST_AROUND:
        whole = _PARAGRAPH.search(before)
        before = before[whole.end() :] if whole else "… " + before.partition(" ")[2]
    if passage.end + MOST_AROUND < len(text):
        breaks = [found.start() for found in _PARAGRAPH.finditer(behind) if behind[: found.start()].strip()]
        behind = behind[: breaks[-1]] if breaks else behind.rpartition(" ")[0] + " …"
    return before.strip(), behind.strip()


def outline_of(article: Article) -> list[Outline]:
    """Return the heads of an article's sections, in order; none where it has no heads."""
    return [Outline(section.heading, section.start) for section in sections_of(article) if section.heading]
