"""The rules that were learned of an index's sources, in a file beside its generations that a person can edit.

    drop <tab> The Harbour Wire <tab> 12 of 40 <tab> The Harbour Wire is a publication of Quay Media.

Each line is a rule: what to do, the source, in how many of its articles the paragraph stood, and the paragraph. A line
that was written by hand has anything else in the third column. What was applied stands in the generation itself; this
file is what the next run of `briefings index` goes by.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.blocks import one_line
from index.repeats import mark_of

NAME = "learned-rules.tsv"
MOST_BYTES = 10_000_000
BY_HAND = "by hand"
NO_SOURCE = "(source unknown)"
_ACTIONS = ("drop", "keep")
_SEEN = re.compile(r"\d+ of \d+")
_OURS = "## "  # opens the lines of the head, which each run writes anew
_HEAD = """\
## Paragraphs that stand word for word in many articles of one source, and are therefore no part of the article.
## To have one back, write keep in place of drop; to drop one more, add a line. The next 'briefings index' takes it up.
## Columns, parted by tabs: drop or keep, the source, in how many articles (or: by hand), the paragraph.
"""


@dataclass(frozen=True)
class Rule:
    """What to do with a paragraph of a source; `seen` is "6 of 20" where it was learned. "" is the unknown source."""

    action: str
    source: str
    seen: str
    text: str

    @property
    def key(self) -> tuple[str, int]:
        """Return what two rules about the same paragraph share."""
        return self.source.casefold(), mark_of(self.text)

    @property
    def is_the_persons(self) -> bool:
        """Return whether a person decided this, so that no run changes it."""
        return self.action == "keep" or not _SEEN.fullmatch(self.seen)

    @property
    def name(self) -> str:
        """Return the name under which `inspect` shows what the rule dropped."""
        what = "named by hand" if self.is_the_persons else "repeated"
        return f"{what} in {self.source or 'articles of unknown source'}"


@dataclass(frozen=True)
class RulesFile:
    """What stands in the file: its rules, the lines that are none, and what is wrong with it, line by line."""

    rules: tuple[Rule, ...] | None = None  # None: there is no file to go by
    others: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()  # where in the file, and what to do
    content: bytes | None = None


def read_rules(folder: Path) -> RulesFile:
    """Read the file of an index folder; what cannot be read is told of and never in the way."""
    path = folder / NAME
    if not os.path.lexists(path):
        return RulesFile()
    where = one_line(str(path))
    try:
        if not path.is_file():
            raise OSError(0, "not a file")
        with path.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        return _unread(where, f"cannot be read ({error.strerror}): check it, or delete it to have it written anew")
    if len(content) > MOST_BYTES:
        return _unread(where, f"is larger than {MOST_BYTES // 1_000_000} MB: take lines out of it, or delete it")
    try:
        lines = content.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        return _unread(where, f"is not UTF-8 (byte {error.start + 1}): save it as UTF-8, or delete it")
    rules: dict[tuple[str, int], Rule] = {}
    others: list[str] = []
    problems: list[tuple[str, str]] = []
    for number, line in enumerate(lines, 1):
        rule = _rule(line)
        if rule:
            rules[rule.key] = rule
        elif line.strip() and not line.startswith(_OURS):
            others.append(line)
            if not line.startswith("#"):
                problems.append(
                    (f"{where} line {number}", "is no rule: write drop or keep, source, by hand, paragraph")
                )
    return RulesFile(in_order(rules.values()), tuple(others), tuple(problems), content)


def write_rules(folder: Path, rules: Sequence[Rule], before: RulesFile) -> None:
    """Write the rules beside the lines that are none; leave a file alone that somebody has changed meanwhile."""
    rows = (f"{rule.action}\t{rule.source or NO_SOURCE}\t{rule.seen}\t{rule.text}\n" for rule in rules)
    content = "".join((_HEAD, *rows, *(f"{line}\n" for line in before.others))).encode("utf-8", "replace")
    unread = before.problems and before.content is None
    if unread or content == before.content or not (rules or before.content is not None):
        return
    path = folder / NAME
    new = path.with_name(f"{NAME}.new")
    with suppress(OSError):  # the generation has the rules, and the next run writes them out
        if before.content != (path.read_bytes() if path.exists() else None):
            return
        with new.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(path)


def in_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return rules by source and paragraph."""
    return tuple(sorted(rules, key=lambda rule: (rule.source.casefold(), rule.text, rule.source)))


def _rule(line: str) -> Rule | None:
    action, *columns = line.split("\t", 3)
    if action.strip().casefold() not in _ACTIONS or len(columns) != 3:
        return None
    source, seen, text = map(one_line, columns)
    if not mark_of(text):
        return None
    shown = seen if _SEEN.fullmatch(seen) else BY_HAND
    return Rule(action.strip().casefold(), "" if source == NO_SOURCE else source, shown, text)


def _unread(where: str, reason: str) -> RulesFile:
    return RulesFile(problems=((where, reason),))
