"""Saved searches of an index: a question with its filters, and the articles that were found when it was last seen.

They are a file beside the index, `INDEX-searches.jsonl`, a line a search.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import cast

from index.blocks import one_line
from search.kept import Kept, Values, beside, discard, keep, now, read_kept, text_of, texts_of, whole_of
from search.notebook import MOST_NAME_CHARACTERS
from search.period import today
from search.searcher import Options, Searcher

MOST_SEARCHES = 500
MOST_ARTICLES = 10  # of the best, those that are looked at for new ones
REMEMBERED = 50  # more than are looked at: an article that only moved up is not new

Option = str | bool | list[str]


@dataclass(frozen=True)
class SavedSearch:
    """A question that somebody asks again and again.

    options: the filters, as a searcher takes them, days as ISO 8601. seen_at: ISO 8601, UTC. seen: the ids of the best
    articles then. mark: tells the generation of the index then from any other.
    """

    id: str
    user: str
    question: str
    options: Mapping[str, Option]
    k: int
    seen_at: str
    seen: tuple[str, ...]
    mark: str

    @property
    def known_options(self) -> Options:
        """Return the filters as a searcher takes them."""
        return _options(self.options)


def searches_path(folder: Path) -> Path:
    """Return where an index's saved searches are."""
    return beside(folder, "searches")


def new_search(
    searcher: Searcher, question: str, options: Options, *, k: int, mark: str, user: str = ""
) -> SavedSearch:
    """Return a search that is saved, or marked as seen, now. Raises QuestionError as `Searcher.search` does."""
    name = one_line(user)[:MOST_NAME_CHARACTERS]
    plain = plain_options(options)
    seen = best_articles(searcher, question, plain, most=REMEMBERED)
    return SavedSearch(search_id(question, options, name), name, question, plain, k, now(), tuple(seen), mark)


def search_id(question: str, options: Options, user: str) -> str:
    """Return the id of a saved search: the same question with the same filters, saved by the same person, is one."""
    told = json.dumps([user, question, plain_options(options)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def plain_options(options: Options) -> dict[str, Option]:
    """Return what filters are set, as JSON holds it."""
    return {name: _plain(value) for name, value in options.items() if value not in (None, (), [], "", False)}


def _plain(value: object) -> Option:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return value if isinstance(value, bool) else str(value)


def best_articles(
    searcher: Searcher, question: str, options: Mapping[str, Option], *, most: int = MOST_ARTICLES
) -> list[str]:
    """Return the ids of the best articles, best first, each with those that print the same.

    Raises QuestionError as `Searcher.search` does.
    """
    asked: Options = {**_options(options), "asked_on": today()}
    hits = searcher.search(question, k=most, **asked)
    articles = [article for hit in hits for article in (hit.passage.article, *hit.also_in)]
    return list(dict.fromkeys(article.article_id for article in articles))


def _options(options: Mapping[str, Option]) -> Options:
    """Return options as a searcher takes them, without those that this version does not know."""
    return cast("Options", {name: value for name, value in options.items() if name in Options.__annotations__})


def unseen(search: SavedSearch, best: list[str]) -> list[str]:
    """Return those of the best articles that were not there when the search was last seen."""
    return [article_id for article_id in best if article_id not in search.seen]


def read_searches(path: Path) -> Kept[SavedSearch]:
    """Read the saved searches and the lines that are damaged. Raises KeepingError."""
    return read_kept(path, read_search)


def read_search(values: Values) -> SavedSearch:
    """Read the parsed JSON of a saved search. Raises ValueError where a field is missing or is no such thing."""
    options = values.get("options")
    if not isinstance(options, dict) or not all(_is_option(name, value) for name, value in options.items()):
        raise ValueError("has no filters as its “options”")
    return SavedSearch(
        id=text_of(values, "id"),
        user=text_of(values, "user"),
        question=text_of(values, "question"),
        options=options,
        k=whole_of(values, "k"),
        seen_at=text_of(values, "seen_at"),
        seen=texts_of(values, "seen"),
        mark=text_of(values, "mark"),
    )


def _is_option(name: object, value: object) -> bool:
    if name in ("since", "until"):
        return isinstance(value, str)
    texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return texts or isinstance(value, str | bool)


def save_search(path: Path, search: SavedSearch) -> None:
    """Keep a search, in the place of the one that asks the same. Raises KeepingError."""
    keep(path, asdict(search), most=MOST_SEARCHES, renew=True)


def remove_search(path: Path, record_id: str) -> None:
    """Remove a saved search. Raises KeepingError."""
    discard(path, record_id)
