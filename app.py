"""The Streamlit front end: ask, read the quoted answer, filter, and add articles.

`briefings app` runs `streamlit run app.py -- --index DIR`; the environment variable BRIEFINGS_INDEX names the
folder too. Widgets and caching only: what is shown comes from `search` and `index`, as markup that `search.markup`
has escaped. The text of an article never reaches a widget that reads Markdown unless `markdown_label` escaped it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import streamlit as st

from index.articles import KINDS, MOST_FILE_BYTES, kind_of
from index.build import BuildReport, Progress, build
from index.errors import BriefingsError
from index.generations import current_generation
from search.followup import Turn, complete
from search.markup import (
    STYLE,
    about_html,
    answer_html,
    followed_html,
    markdown_label,
    masthead_html,
    passages_html,
    problems_html,
    timeline_html,
    welcome_html,
)
from search.results import Answer
from search.searcher import Options, Searcher
from search.timeline import Entry

MOST_QUESTION_CHARACTERS = 1_000
MOST_UPLOADS = 200
PASSAGES, TIMELINE = "Passages", "Timeline"  # what is shown below the answer
TIMELINE_HITS = 10  # passages whose sentences are ordered, at the least
MOST_NAME_BYTES = 120

# Questions that the sample corpus answers, each with the article that does: shown where that article is indexed.
SAMPLE_QUESTIONS = (
    ("What does Russia want from Kim?", "kim-putin-vostochny.md"),
    ("Why did the court stop the Rwanda flights?", "uk-rwanda-supreme-court.html"),
    ("Who declared martial law in South Korea?", "south-korea-martial-law.html"),
    ("What does Egypt want from Ethiopia?", "nile-dam-talks.md"),
)


# ---- set things up -----------------------------------------------------------------------------------------


class Upload(Protocol):
    """A file as the browser sent it."""

    @property
    def name(self) -> str:
        """Return the name that the sender gave it."""

    @property
    def size(self) -> int:
        """Return its length in bytes."""

    def getvalue(self) -> bytes:
        """Return its content."""


@dataclass(frozen=True)
class Filters:
    """What the person who asks wants to see; None and () leave nothing out."""

    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    k: int = 5


def index_folder(arguments: Sequence[str]) -> Path:
    """Return the index folder that the command line names, or else the environment, or else the default."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--index", default=os.environ.get("BRIEFINGS_INDEX") or "briefings-index")
    return Path(parser.parse_known_args(arguments)[0].index)


def uploads_folder(folder: Path) -> Path:
    """Return where added files are kept: beside the index, under its name."""
    whole = folder.resolve()
    return whole.with_name(f"{whole.name}-uploads")


def generation_mark(generation: Path) -> str:
    """Return what tells a generation from every other, also from one of the same number in a folder made anew."""
    manifest = (generation / "manifest.json").stat()
    return f"{generation.name}-{manifest.st_ino}-{manifest.st_mtime_ns}"


@st.cache_resource(max_entries=2, show_spinner="Opening the briefings")
def open_searcher(folder: str, generation: str) -> Searcher:
    """Open an index once for every visitor; a new generation is another entry.

    The one that falls out is not closed here, since somebody may be reading it: the last reader lets go of it.
    """
    return Searcher.open(folder)


@st.cache_data(max_entries=8, show_spinner=False)
def example_questions(folder: str, generation: str, most: int = 4) -> list[str]:
    """Return questions that this index answers: the samples', else its own question headings, else headlines."""
    searcher = open_searcher(folder, generation)
    samples = [question for question, article in SAMPLE_QUESTIONS if searcher.store.article(article)]
    if samples:
        return samples[:most]
    headings = searcher.store.question_headings(50)
    # "Where will they go?" asks nothing by itself; a question that names somebody stands alone.
    headings = [text for text in headings if any(word[0].isupper() for word in text.split()[1:])]
    texts = dict.fromkeys([*headings, *searcher.store.newest_titles(50)])
    return [text for text in texts if 8 <= len(text) <= 90][:most]


def safe_name(name: str) -> str:
    """Return the last part of a file's name, without what a file system or a walk over the folder trips on."""
    last = re.split(r"[/\\]", name)[-1].strip()
    path = re.sub(r"[^\w.()-]", "-", last)
    stem, _, kind = path.rpartition(".") if "." in path else (path, "", "")
    short = stem.strip(".").encode()[:MOST_NAME_BYTES].decode(errors="ignore") or "article"
    return f"{short}.{kind.lower()}" if kind else short


def keep_uploads(uploads: Iterable[Upload], folder: Path) -> list[tuple[str, str]]:
    """Write the files into the folder, each under its own name, and return those that are not kept, with why."""
    refused: list[tuple[str, str]] = []
    folder.mkdir(parents=True, exist_ok=True)
    for number, upload in enumerate(uploads):
        name = safe_name(upload.name)
        if number >= MOST_UPLOADS:
            refused.append((upload.name, f"is one of more than {MOST_UPLOADS} files: add the rest in a second step"))
        elif kind_of(name) is None:
            refused.append((upload.name, f"is of a kind that is not read: kinds read are {' '.join(KINDS)}"))
        elif upload.size > MOST_FILE_BYTES:
            refused.append((upload.name, f"is larger than {MOST_FILE_BYTES // 1_000_000} MB: split it"))
        else:
            _write_new(folder, name, upload.getvalue())
    return refused


def _write_new(folder: Path, name: str, content: bytes) -> None:
    """Write a file under a name that no other content has; nothing is ever written over, and no link followed."""
    suffix = kind_of(name) or Path(name).suffix
    stem = name.removesuffix(suffix)
    number = 1
    while True:
        path = folder / (name if number == 1 else f"{stem}-{number}{suffix}")
        try:
            with path.open("xb") as file:
                file.write(content)
            return
        except FileExistsError:
            if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
                return
        number += 1


class TimeLeft:
    """How long the current stage of a build will still take, from how long it took so far."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._began = 0.0

    def words(self, progress: Progress) -> str:
        """Return ", about 2 min left", or nothing while it cannot be told yet."""
        now = self._clock()
        if progress.stage != self._stage:
            self._stage, self._began = progress.stage, now
        passed = now - self._began
        if passed < 2 or not 0 < progress.done < progress.total:
            return ""
        seconds = passed / progress.done * (progress.total - progress.done)
        return f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {max(seconds, 1):.0f} s left"


def told_progress(progress: Progress, left: str) -> str:
    """Return what a build is doing in words."""
    if progress.stage == "embedding":
        return f"Working out the meaning of {progress.done:,} of {progress.total:,} passages{left}"
    if progress.stage == "reading":
        return f"Reading: {progress.articles:,} articles{left}"
    return f"Writing the index{left}"


def told_report(report: BuildReport) -> str:
    """Return what a build did in words."""
    counts = ((report.added, "added"), (report.changed, "changed"), (report.removed, "removed"))
    told = [f"{number:,} {word}" for number, word in counts if number]
    told += [f"{report.unchanged:,} unchanged"] if report.unchanged else []
    articles = f"{report.articles:,} article{'' if report.articles == 1 else 's'}"
    return f"{', '.join(told).capitalize() or 'Nothing added'}. The index holds {articles}."


# ---- draw the UI -------------------------------------------------------------------------------------------


def main() -> None:
    """Draw the page: what there is to read, the question, its answer, and a way to add articles."""
    st.set_page_config("Briefings", page_icon="🗞️", layout="centered", menu_items={"About": "**Briefings** 0.1"})
    st.html(STYLE)
    folder = index_folder(sys.argv[1:])
    try:
        generation = current_generation(folder)
        searcher = open_searcher(str(folder.resolve()), generation_mark(generation)) if generation else None
    except BriefingsError as error:
        st.html(masthead_html(0, 0, None))
        st.error(markdown_label(str(error)), title="The index cannot be opened")
        return
    if searcher is None or generation is None:
        progress = draw_welcome(folder)
    else:
        progress = draw_briefings(folder, generation_mark(generation), searcher)
    if "adding" in st.session_state:
        add_kept(folder, progress)


def draw_welcome(folder: Path) -> st.delta_generator.DeltaGenerator:
    """Draw the page for a folder without an index; return where the progress of adding goes."""
    st.html(masthead_html(0, 0, None))
    st.html(welcome_html(folder, uploads_folder(folder)))
    return draw_adding(folder)


def draw_briefings(folder: Path, generation: str, searcher: Searcher) -> st.delta_generator.DeltaGenerator:
    """Draw the page for an index; return where the progress of adding goes."""
    with st.sidebar:
        filters = draw_filters(searcher)
        with st.expander("Add articles", expanded="added" in st.session_state or "adding" in st.session_state):
            progress = draw_adding(folder)
        with st.expander("About this index"):
            st.html(about_html(searcher.store.manifest, folder))
            if problems := searcher.store.problems():
                st.html(problems_html(problems))
    sources = sum(1 for found in searcher.store.sources() if found.source)
    st.html(masthead_html(searcher.store.manifest.articles, sources, searcher.store.date_range()))
    question = draw_question(example_questions(str(folder.resolve()), generation))
    if question:
        draw_answer(searcher, question, filters)
    return progress


def draw_filters(searcher: Searcher) -> Filters:
    """Draw the filters and return what they are set to."""
    names = [found.source for found in searcher.store.sources() if found.source]
    # Options are shown as plain text, unlike labels: escaping them would show the backslashes.
    sources = st.multiselect("Sources", names, placeholder="All sources", select_all=False, key="source")
    since = until = None
    days = searcher.store.date_range()
    if days:
        first, last = (date.fromisoformat(day) for day in days)
        told = "Articles whose date is unknown are left out once a day is set here."
        since = st.date_input("From", None, first, last, key="since", help=told, format="YYYY-MM-DD")
        until = st.date_input("To", None, first, last, key="until", help=told, format="YYYY-MM-DD")
    k = st.selectbox("Passages to show", (5, 10, 15, 25), key="k")
    return Filters(tuple(sources), since, until, k)


def draw_question(examples: Sequence[str]) -> str:
    """Draw the question box and the examples; return the question, which the address of the page holds too."""
    if "question" not in st.session_state:
        st.session_state["question"] = st.query_params.get("q", "")
    with st.form("ask", border=False):
        box, press = st.columns([5, 1], vertical_alignment="bottom")
        typed = box.text_input("Your question", key="question", placeholder="Who, what, when, where, why?")
        asked = press.form_submit_button("Ask", type="primary", width="stretch", key="press")
    question = " ".join((typed or "").split())
    if not question and examples:
        st.html('<p class="bf bf-try">Or try one of these</p>')
        with st.container(horizontal=True):
            for number, example in enumerate(examples):
                st.button(markdown_label(example), key=f"example-{number}", on_click=put_question, args=(example,))
    if asked and not question:
        st.warning("Type a question first, in your own words.")
    if len(question) > MOST_QUESTION_CHARACTERS:
        st.error(
            f"The question has {len(question):,} characters, and up to {MOST_QUESTION_CHARACTERS:,} are read:"
            " shorten it to what you want to know."
        )
        return ""
    if question:
        st.query_params["q"] = question
    else:
        st.query_params.pop("q", None)
    return question


def put_question(question: str) -> None:
    """Put a question into the box."""
    st.session_state["question"] = question


def draw_answer(searcher: Searcher, question: str, filters: Filters) -> None:
    """Ask, and draw the answer or the refusal, a box to ask on, and the passages or the timeline below."""
    if "view" not in st.session_state:
        st.session_state["view"] = TIMELINE if st.query_params.get("view") == TIMELINE.lower() else PASSAGES
    options: Options = {"since": filters.since, "until": filters.until, "source": filters.sources or None}
    entries: list[Entry] = []
    try:
        if st.session_state["view"] == TIMELINE:
            answer, entries = searcher.timeline(question, k=max(filters.k, TIMELINE_HITS), **options)
        else:
            answer = searcher.ask(question, k=filters.k, **options)
    except BriefingsError as error:
        st.error(markdown_label(str(error)))
        return
    typed, searched_for = st.session_state.get("followed", ("", ""))
    if searched_for == question != typed:
        st.html(followed_html(typed, searched_for))
    st.html(answer_html(answer))
    draw_follow_up(searcher, answer)
    if answer.answered:
        st.segmented_control("Below the answer", (PASSAGES, TIMELINE), key="view", label_visibility="collapsed")
    if st.session_state["view"] == TIMELINE:
        st.query_params["view"] = TIMELINE.lower()
    else:
        st.query_params.pop("view", None)
    st.html(timeline_html(entries) if entries else passages_html(answer))


def draw_follow_up(searcher: Searcher, answer: Answer) -> None:
    """Draw the box for a question that goes on from this one."""
    with st.form("follow", clear_on_submit=True, border=False):
        box, press = st.columns([5, 1], vertical_alignment="bottom")
        box.text_input(
            "Ask on from here",
            key="follow-up",
            max_chars=MOST_QUESTION_CHARACTERS,
            placeholder="and when was that?",
            label_visibility="collapsed",
        )
        turn = Turn(answer.question, answer.text)
        press.form_submit_button("Ask on", width="stretch", key="press-on", on_click=ask_on, args=(searcher, turn))


def ask_on(searcher: Searcher, turn: Turn) -> None:
    """Put the follow-up, completed from the question before it, into the question box, where it can be changed."""
    typed = " ".join(st.session_state["follow-up"].split())
    if typed:
        whole = complete(typed, turn, searcher.names, most_characters=MOST_QUESTION_CHARACTERS)
        st.session_state["followed"] = (typed, whole)
        put_question(whole)


def draw_adding(folder: Path) -> st.delta_generator.DeltaGenerator:
    """Draw the upload form and what the last upload did; return where the progress goes."""
    with st.form("add", clear_on_submit=True, border=False):
        uploads = st.file_uploader(
            "Text, web pages, PDF, Word, mail, feeds, tables or archives",
            [kind.removeprefix(".") for kind in KINDS],
            accept_multiple_files=True,
            max_upload_size=MOST_FILE_BYTES // 1_000_000,
            help=f"Up to {MOST_UPLOADS} files at a time. They are copied to a folder beside the index.",
        )
        pressed = st.form_submit_button("Add to the index", type="primary")
    place = st.empty()
    if pressed and uploads:
        st.session_state.pop("added", None)
        try:
            st.session_state["adding"] = keep_uploads(uploads, uploads_folder(folder))
        except OSError as error:
            reason = f"the files cannot be kept in {uploads_folder(folder)} ({error.strerror}): make room or free it"
            st.session_state["added"] = (reason, ())
    elif pressed:
        st.warning("Choose the files to add first.")
    if "added" in st.session_state:
        draw_added(*st.session_state["added"])
    return place


def draw_added(report: BuildReport | str, refused: Sequence[tuple[str, str]]) -> None:
    """Draw what adding did, or the one line that says why it failed, and the files that were not taken."""
    problems = list(refused)
    if isinstance(report, str):
        st.error(markdown_label(report), title="Nothing was added")
    else:
        st.success(told_report(report))
        problems += [(problem.where, problem.reason) for problem in report.problems]
    if problems:
        st.html(problems_html(problems))


def add_kept(folder: Path, place: st.delta_generator.DeltaGenerator) -> None:
    """Index the kept files while the page is there to be read.

    A click elsewhere ends this run of the script; "adding" then still stands, and the next run goes on
    where this one was, since what was embedded is kept.
    """
    bar = place.progress(0.0, "Reading")
    left = TimeLeft()

    def show(progress: Progress) -> None:
        share = progress.done / progress.total if progress.total else 0.0
        bar.progress(min(share, 1.0), told_progress(progress, left.words(progress)))

    refused = st.session_state["adding"]
    try:
        outcome: BuildReport | str = build(folder, [uploads_folder(folder)], progress=show)
    except (BriefingsError, OSError) as error:
        outcome = str(error)
    del st.session_state["adding"]
    st.session_state["added"] = (outcome, refused)
    st.rerun()


if __name__ == "__main__":
    main()
