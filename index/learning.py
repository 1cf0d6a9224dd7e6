"""What is repeated in a source's articles, learned from all of them, taken out of them, and kept with the generation.

marks of all articles, a source at a time -> rules -> articles whose text the rules change -> the generation's settings

Everything happens in the database of the generation that is being made. The file that a person edits is read before
and written after: a process that dies leaves a file that the next run brings up to date.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from index import database
from index.blocks import one_line
from index.passages import passages_of
from index.records import Article
from index.repeats import (
    LEAST_SHARE_TO_STAY,
    Marks,
    as_read,
    common,
    counted,
    cuts,
    is_speech,
    mark_of,
    marks_of,
    without,
)
from index.rules import Rule, in_order, read_rules, write_rules

MOST_RULES = 20_000
MOST_CHARACTERS = 3_000  # of a paragraph in the file
_SETTING = "learned_rules"

_Key = tuple[str, int]  # a source, without regard to case, and a paragraph's mark


class Learning:
    """One run of learning over an index folder; the caller holds the write lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = read_rules(folder)
        self._rules: tuple[Rule, ...] = ()
        self.problems = self._file.problems
        self.cleaned = 0  # articles whose text the rules changed in this run

    def run(self, connection: sqlite3.Connection, *, changed: bool) -> bool:
        """Learn from the articles and change them by the rules; return whether there is anything to publish.

        changed: articles were added, changed or removed. Without that, and with the file as it was, nothing is done.
        """
        stored = stored_rules(connection)
        self._rules = stored if self._file.rules is None else self._file.rules
        if not changed and self._rules == stored:
            return False
        rules = {rule.key: rule for rule in self._rules if rule.is_the_persons}
        learned = {rule.key: rule for rule in self._rules if not rule.is_the_persons}
        for source in _sources(connection):
            found = _learned(connection, source, {*rules}, {*learned})
            for rule in found[: MOST_RULES - len(rules)]:
                # How a paragraph is spelt in the file does not change with the article that it was taken from.
                rules[rule.key] = replace(learned.get(rule.key, rule), seen=rule.seen)
            self.cleaned += _apply(connection, source, rules)
        self._rules = in_order(rules.values())
        if self._rules != stored:
            _store(connection, self._rules)
        return changed or bool(self.cleaned) or self._rules != stored

    def forget(self, connection: sqlite3.Connection) -> None:
        """Forget rules whose paragraphs no article has any more; the other articles stay as they are."""
        stored = stored_rules(connection)
        given = stored if self._file.rules is None else self._file.rules
        there = {(source.key, mark) for source in _sources(connection) for mark in counted(source.marks)}
        self._rules = tuple(rule for rule in given if rule.is_the_persons or rule.key in there)
        if self._rules != stored:
            _store(connection, self._rules)

    def save(self) -> None:
        """Write the file that a person edits, once the generation that goes by it is current."""
        write_rules(self._folder, self._rules, self._file)


def stored_rules(connection: sqlite3.Connection) -> tuple[Rule, ...]:
    """Return the rules that a generation's articles went by."""
    row = connection.execute("SELECT value FROM settings WHERE name = ?", (_SETTING,)).fetchone()
    return tuple(Rule(*values) for values in json.loads(row[0])) if row else ()


def cleaned_by(rules: Iterable[Rule], article: Article) -> Article:
    """Return an article, as it was read, without the paragraphs that rules drop."""
    wanted = _wanted({rule.key: rule for rule in rules}, (article.source or "").casefold())
    marks = marks_of(article)
    return without(article, _names(marks, wanted))


@dataclass(frozen=True)
class _Source:
    """The articles of one source, by their numbers, with their marks and what is taken out of each, as JSON."""

    name: str
    key: str
    numbers: list[int]
    marks: list[Marks]
    cuts: list[str | None]


def _sources(connection: sqlite3.Connection) -> Iterator[_Source]:
    """Yield the sources one after the other, spellings that differ in case as one."""
    names = [name for (name,) in connection.execute("SELECT DISTINCT source FROM paragraphs ORDER BY source")]
    for key, same in groupby(sorted(names, key=str.casefold), key=str.casefold):
        spellings = list(same)
        query = f"SELECT article, marks, cuts FROM paragraphs WHERE source IN ({','.join('?' * len(spellings))})"
        rows = connection.execute(f"{query} ORDER BY article", spellings).fetchall()
        marks = [np.frombuffer(row[1], dtype=np.uint64) for row in rows]
        yield _Source(spellings[0], key, [row[0] for row in rows], marks, [row[2] for row in rows])


def _learned(connection: sqlite3.Connection, source: _Source, persons: set[_Key], before: set[_Key]) -> list[Rule]:
    """Return what is boilerplate of a source: what was so before and still is, and what is now."""
    counts = counted(source.marks)
    of = len(source.marks)
    found: list[Rule] = []
    stays = {mark for key, mark in before if key == source.key and counts.get(mark, 0) >= LEAST_SHARE_TO_STAY * of}
    for mark in sorted(stays | set(common(source.marks, counts))):
        text = "" if (source.key, mark) in persons else _paragraph(connection, source, mark)
        if text and not is_speech(text) and len(text) <= MOST_CHARACTERS and mark_of(text) == mark:
            found.append(Rule("drop", source.name, f"{counts[mark]} of {of}", text))
    return found


def _paragraph(connection: sqlite3.Connection, source: _Source, mark: int) -> str:
    number = next(n for n, marks in zip(source.numbers, source.marks, strict=True) if mark in marks)
    article = as_read(database.article_numbered(connection, number))
    return next((one_line(text) for text in article.text.split("\n\n") if mark_of(text) == mark), "")


def _apply(connection: sqlite3.Connection, source: _Source, rules: Mapping[_Key, Rule]) -> int:
    """Change the articles of a source by the rules; return how many there were to change."""
    wanted = _wanted(rules, source.key)
    changed = 0
    for number, marks, before in zip(source.numbers, source.marks, source.cuts, strict=True):
        names = _names(marks.tolist(), wanted)
        now = json.dumps(sorted(names.items()))
        if now == before:
            continue
        held = database.article_numbered(connection, number)
        article = without(as_read(held), names)
        if (article.text, article.dropped) != (held.text, held.dropped):
            database.replace_text(connection, number, article, passages_of(article))
            changed += 1
        connection.execute("UPDATE paragraphs SET cuts = ? WHERE article = ?", (now, number))
    return changed


def _wanted(rules: Mapping[_Key, Rule], source: str) -> dict[int, str]:
    """Return the marks that the rules drop from articles of a source, each with its rule's name."""
    return {mark: rule.name for (key, mark), rule in rules.items() if key == source and rule.action == "drop"}


def _names(marks: Sequence[int], wanted: Mapping[int, str]) -> dict[int, str]:
    """Return the places to take out of an article, each with a rule's name; a heading has that of what follows it."""
    names: dict[int, str] = {}
    for place in reversed([] if wanted.keys().isdisjoint(marks) else cuts(marks, wanted)):
        names[place] = wanted[marks[place]] if marks[place] else names[place + 1]
    return names


def _store(connection: sqlite3.Connection, rules: Sequence[Rule]) -> None:
    listed = json.dumps([astuple(rule) for rule in rules])
    connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (_SETTING, listed))
