"""Whether a saved answer still stands: each quote is looked up again in an index.

What is read was written by `briefings ask --json`, or by anybody: nothing in it is believed, and the article that
counts is the one in the index.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Group, RenderableType
from rich.text import Text

from index.blocks import one_line
from index.records import Article
from index.store import Store
from index.wording import count_of
from search.question import QuestionError
from search.render import Json

MOST_BYTES = 50_000_000
HOW_TO_SAVE = "save one with 'briefings ask --json' or '--export FILE.json'"

Role = Literal["quoted", "also", "differing"]
State = Literal["holds", "holds, article changed", "moved", "changed", "gone"]

_DIGEST = re.compile("[0-9a-f]{64}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class AnswerFileError(QuestionError):
    """Raise when a file is not an answer that can be checked."""


@dataclass(frozen=True)
class Claim:
    """What a saved answer says that an article says.

    role: quoted in the answer, or of another article that makes the same point, or gives another figure.
    """

    role: Role
    marker: int | None
    article_id: str
    title: str
    start: int
    end: int
    quote: str
    sha256: str


@dataclass(frozen=True)
class SavedAnswer:
    """An answer as a file holds it; `text` is what it gives as the quotes, joined by spaces."""

    question: str
    text: str
    claims: tuple[Claim, ...]

    @property
    def is_its_quotes(self) -> bool:
        """Return whether the text is made of the quotes and of nothing else."""
        return self.text == " ".join(claim.quote for claim in self.claims if claim.role == "quoted")


@dataclass(frozen=True)
class Check:
    """What became of a claim. title: the article's, as the index has it. at: where the quote stands now, if it does."""

    claim: Claim
    state: State
    title: str
    at: tuple[int, int] | None
    same_article: bool


@dataclass(frozen=True)
class Verified:
    """A saved answer and what became of each of its claims."""

    saved: SavedAnswer
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Return whether every quote stands where it did, in an article that has not changed."""
        return self.saved.is_its_quotes and all(check.state == "holds" for check in self.checks)


def saved_answers(content: bytes) -> list[SavedAnswer]:
    """Read an answer, or JSON lines of answers. Raises AnswerFileError where it is neither."""
    if len(content) > MOST_BYTES:
        raise AnswerFileError(f"has more than {MOST_BYTES // 1_000_000} MB: split it into several files")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnswerFileError(f"is not UTF-8 (byte {error.start + 1}): {HOW_TO_SAVE}") from None
    return [read_saved(values, where) for where, values in _parsed(text)]


def _parsed(text: str) -> list[tuple[str, object]]:
    """Return each JSON value with words for where it stands: the whole file, or else each of its lines."""
    # Not splitlines: a JSON string may hold other line separators, such as U+2028.
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    try:
        return [("", json.loads(text))]
    except (ValueError, RecursionError) as error:
        if len(lines) < 2:
            raise AnswerFileError(f"is not JSON ({_short(error)}): {HOW_TO_SAVE}") from None
    found: list[tuple[str, object]] = []
    for number, line in lines:
        try:
            found.append((f"line {number} ", json.loads(line)))
        except (ValueError, RecursionError) as error:
            raise AnswerFileError(f"line {number} is not JSON ({_short(error)}): {HOW_TO_SAVE}") from None
    return found


def read_saved(values: object, where: str = "") -> SavedAnswer:
    """Read the parsed JSON of an answer. Raises AnswerFileError where a field is missing or is no such thing.

    where: words for the place in the file, which stand before the error's.
    """
    known = _object(values, where)
    claims: list[Claim] = []
    for number, citation in enumerate(_list(known, "citations", where), start=1):
        place = f"{where}citation {number} "
        cited = _object(citation, place)
        claims.append(_claim(cited, "quoted", place, _whole(cited, "marker", place, least=1)))
        # Answers of an earlier version have neither of the other two kinds.
        others = _list({"also": [], **cited}, "also", place)
        claims.extend(_claim(_object(each, place), "also", f"{place}also ", claims[-1].marker) for each in others)
    for values_that_differ in _list({"disagreements": [], **known}, "disagreements", where):
        if not isinstance(values_that_differ, list):
            raise AnswerFileError(f'{where}has "disagreements" that are no lists: {HOW_TO_SAVE}')
        place = f"{where}disagreement "
        claims.extend(_claim(_object(each, place), "differing", place, None) for each in values_that_differ)
    return SavedAnswer(one_line(_text(known, "question", where)), _text(known, "answer", where), tuple(claims))


def _claim(values: Mapping[str, object], role: Role, where: str, marker: int | None) -> Claim:
    quote, sha256 = _text(values, "quote", where), _text(values, "sha256", where)
    if not quote:
        raise AnswerFileError(f"{where}has an empty quote: {HOW_TO_SAVE}")
    if not _DIGEST.fullmatch(sha256):
        raise AnswerFileError(f'{where}has a "sha256" that is not 64 hex digits: {HOW_TO_SAVE}')
    return Claim(
        role=role,
        marker=marker,
        article_id=_text(values, "article_id", where),
        title=one_line(_text(values, "title", where)),
        start=_whole(values, "start", where),
        end=_whole(values, "end", where),
        quote=quote,
        sha256=sha256,
    )


def _object(values: object, where: str) -> dict[str, object]:
    if not isinstance(values, dict):
        raise AnswerFileError(f"{where}is not a JSON object: {HOW_TO_SAVE}")
    return values


def _list(values: Mapping[str, object], name: str, where: str) -> Sequence[object]:
    value = values.get(name)
    if not isinstance(value, list):
        raise AnswerFileError(f'{where}has no list of "{name}": {HOW_TO_SAVE}')
    return value


def _text(values: Mapping[str, object], name: str, where: str) -> str:
    value = values.get(name)
    # Half a character is in no article, and no database can be asked for it.
    if not isinstance(value, str) or _SURROGATE.search(value):
        raise AnswerFileError(f'{where}has no text as its "{name}": {HOW_TO_SAVE}')
    return value


def _whole(values: Mapping[str, object], name: str, where: str, *, least: int = 0) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise AnswerFileError(f'{where}has no whole number from {least} up as its "{name}": {HOW_TO_SAVE}')
    return value


def _short(error: Exception) -> str:
    return one_line(str(error))[:80]


def verify_answer(saved: SavedAnswer, store: Store) -> Verified:
    """Look every quote of a saved answer up in an index."""
    return Verified(saved, tuple(_check(claim, store.article(claim.article_id)) for claim in saved.claims))


def _check(claim: Claim, article: Article | None) -> Check:
    if article is None:
        return Check(claim, "gone", claim.title or one_line(claim.article_id), None, same_article=False)
    same = article.sha256 == claim.sha256
    title = article.title or article.article_id
    # Python cuts a slice short at the end of the text, so the offsets must be as far apart as the quote is long.
    if claim.end - claim.start == len(claim.quote) and article.text[claim.start : claim.end] == claim.quote:
        state: State = "holds" if same else "holds, article changed"
        return Check(claim, state, title, (claim.start, claim.end), same_article=same)
    at = -1 if same else article.text.find(claim.quote)
    if at < 0:
        return Check(claim, "changed", title, None, same_article=same)
    return Check(claim, "moved", title, (at, at + len(claim.quote)), same_article=same)


def verified_json(found: Verified) -> Json:
    """Return what became of a saved answer as a JSON object."""
    return {
        "question": found.saved.question,
        "holds": found.holds,
        "answer_is_its_quotes": found.saved.is_its_quotes,
        "citations": [
            {
                "marker": check.claim.marker,
                "role": check.claim.role,
                "state": check.state,
                "article_id": check.claim.article_id,
                "title": check.title,
                "start": check.claim.start,
                "end": check.claim.end,
                "now": {"start": check.at[0], "end": check.at[1]} if check.at else None,
            }
            for check in found.checks
        ],
    }


def verified_text(found: Sequence[Verified]) -> RenderableType:
    """Return what became of saved answers for a terminal: a line a citation, and how many hold."""
    return Group(*(line for each in found for line in _answer_lines(each)), _summary(found))


def _answer_lines(found: Verified) -> Iterator[Text]:
    yield Text(found.saved.question, style="bold")
    for check in found.checks:
        colour = "green" if check.state == "holds" else "yellow" if check.at else "red"
        yield Text.assemble((_label(check.claim), "cyan"), " ", (_state(check), colour), " — ", check.title)
    if not found.saved.is_its_quotes:
        yield Text("The text of this answer is not its quotes: it was altered after it was saved.", style="red")
    elif not found.checks:
        yield Text("No citations: this answer is a refusal, and there is nothing to check.")


def _label(claim: Claim) -> str:
    if claim.role == "differing":
        return "reports differ:"
    return f"[{claim.marker}] also:" if claim.role == "also" else f"[{claim.marker}]"


def _state(check: Check) -> str:
    if check.state == "moved" and check.at:
        return f"moved to {check.at[0]}-{check.at[1]}"
    if check.state == "changed" and check.same_article:
        return "changed (the article is as it was: the quote or its offsets were altered)"
    return check.state


def _summary(found: Sequence[Verified]) -> Text:
    states = Counter(check.state for each in found for check in each.checks)
    held, total = states.pop("holds", 0), sum(len(each.checks) for each in found)
    others = ", ".join(f"{count:,} {state}" for state, count in states.items())
    line = f"{held:,} of {count_of(total, 'citation')} {'holds' if total == 1 else 'hold'}"
    return Text(f"{line}: {others}." if others else f"{line}.", style="bold")
