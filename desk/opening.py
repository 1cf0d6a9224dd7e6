"""Which index the app shows: its folder, its generations, each opened once for every visitor."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from index.embed import Encoded, Encoder, Role
from index.errors import BriefingsError
from search.followup import stands_alone
from search.searcher import Searcher

MOST_QUESTION_CHARACTERS = 1_000
# Questions that the sample corpus answers, each with the article that does: shown where that article is indexed.
SAMPLE_QUESTIONS = (
    ("What does Russia want from Kim?", "kim-putin-vostochny.md"),
    ("Why did the court stop the Rwanda flights?", "uk-rwanda-supreme-court.html"),
    ("Who declared martial law in South Korea?", "south-korea-martial-law.html"),
    ("What does Egypt want from Ethiopia?", "nile-dam-talks.md"),
)
MOST_REMEMBERED = 16  # questions; the longest take 400 kB each


@dataclass(frozen=True)
class Desk:
    """What every page works on.

    mark: tells this generation from any other, also of a folder that was made anew. read_only: the page shows nothing
    that writes; what writes asks `check_may_write` besides. newest: the number of the generation in use, where the
    address of the page holds an older one.
    """

    folder: Path
    mark: str
    searcher: Searcher
    read_only: bool = False
    newest: int = 0


class ReadOnlyError(BriefingsError):
    """Raise where something would be changed through an app that only shows."""


def index_folder(arguments: Sequence[str]) -> Path:
    """Return the index folder that the command line names, or else the environment, or else the default."""
    return Path(_named(arguments).index)


def is_read_only(arguments: Sequence[str]) -> bool:
    """Return whether the command line or the environment says that nothing may be changed."""
    told: bool = _named(arguments).read_only
    return told or os.environ.get("BRIEFINGS_READ_ONLY", "").strip().lower() not in ("", "0", "false", "no")


def check_may_write() -> None:
    """Raise ReadOnlyError where this server only shows: no page may lead to a change then."""
    if is_read_only(sys.argv[1:]):
        raise ReadOnlyError("this app is read only: start it without --read-only to change something")


def _named(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--index", default=os.environ.get("BRIEFINGS_INDEX") or "briefings-index")
    parser.add_argument("--read-only", action="store_true")
    return parser.parse_known_args(arguments)[0]


def uploads_folder(folder: Path) -> Path:
    """Return where added files are kept: beside the index, under its name."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-uploads")


def generation_mark(generation: Path) -> str:
    """Return what tells a generation from every other, also from one of the same number in a folder made anew."""
    manifest = (generation / "manifest.json").stat()
    return f"{generation.name}-{manifest.st_ino}-{manifest.st_mtime_ns}"


class Remembering:
    """An encoder that remembers the last questions: the filters' counts and the answer both read the same one."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.dimension = encoder.dimension
        self.token_spans = encoder.token_spans
        self._question = lru_cache(maxsize=MOST_REMEMBERED)(self._encoded)

    def encode(self, texts: Sequence[str], *, role: Role) -> list[Encoded]:
        """Embed texts, in their order. What is returned for a question is shared, and only read."""
        if role == "query" and len(texts) == 1:
            return [self._question(texts[0])]
        return self._encoder.encode(texts, role=role)

    def _encoded(self, question: str) -> Encoded:
        return self._encoder.encode([question], role="query")[0]


@st.cache_resource(max_entries=3, show_spinner="Opening the briefings")
def open_searcher(folder: str, generation: str) -> Searcher:
    """Open a generation of an index, by its mark, once for every visitor.

    The one that falls out is not closed here, since somebody may be reading it: the last reader lets go of it.
    """
    searcher = Searcher.open(folder, generation=int(generation.partition("-")[0]))
    searcher.encoder = Remembering(searcher.encoder)
    return searcher


@st.cache_data(max_entries=8, show_spinner=False)
def example_questions(folder: str, generation: str, most: int = 4) -> list[str]:
    """Return questions that this index answers: the samples', else its own question headings, else headlines."""
    searcher = open_searcher(folder, generation)
    samples = [question for question, article in SAMPLE_QUESTIONS if searcher.store.article(article)]
    if samples:
        return samples[:most]
    headings = searcher.store.question_headings(50)
    # "Where will they go?" asks nothing by itself; a question that names somebody stands alone.
    headings = [
        text
        for text in headings
        if any(word[0].isupper() for word in text.split()[1:]) and stands_alone(text, searcher.names)
    ]
    texts = dict.fromkeys([*headings, *searcher.store.newest_titles(50)])
    return [text for text in texts if 8 <= len(text) <= 90][:most]
