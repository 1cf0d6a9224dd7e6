"""Coming back: the questions of this session, and saved searches with what is new in each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from desk.exporting import provenance
from desk.filters import Filters, put_filters
from desk.keeping import draw_not_kept, file_mark, told, user_name
from desk.opening import Desk, open_searcher
from index.errors import BriefingsError
from search.kept import KeepingError, Kept
from search.markup import markdown_label
from search.markup_kept import damaged_html, new_articles_html, since_html
from search.searches import (
    SavedSearch,
    best_articles,
    new_search,
    read_searches,
    remove_search,
    save_search,
    search_id,
    searches_path,
    unseen,
)

MOST_ASKED = 50
SHOWN_SEARCHES = 50


@dataclass(frozen=True)
class Asked:
    """A question of this session, what it was narrowed to, and whether it was answered."""

    question: str
    filters: Filters
    answered: bool

    @property
    def of(self) -> tuple[object, ...]:
        """Return what tells it from others; how many passages are shown does not."""
        return self.question, replace(self.filters, k=0)


def remember(asked: Asked) -> None:
    """Note in this session that a question was asked; the newest stands first, and each once."""
    before: list[Asked] = st.session_state.get("asked", [])
    st.session_state["asked"] = [asked, *(each for each in before if each.of != asked.of)][:MOST_ASKED]


def ask_again(question: str) -> None:
    """Put a question into the box, on the page where it is asked."""
    st.session_state["page"] = "Ask"
    st.session_state["question"] = question


def draw_returning(desk: Desk) -> None:
    """Draw the saved searches and the questions of this session."""
    path = searches_path(desk.folder)
    try:
        kept = searches_of(desk)
    except KeepingError as error:
        st.error(markdown_label(str(error)), title="The saved searches cannot be read")
        kept = Kept()
    searches = [search for search in reversed(kept.records) if search.user == user_name()][:SHOWN_SEARCHES]
    if searches or kept.damaged:
        news = [new_articles(desk, search) for search in searches]
        with st.expander("Saved searches", expanded=any(news)):
            for search, new in zip(searches, news, strict=True):
                draw_saved(desk, search, new)
            if kept.damaged:
                st.html(damaged_html(kept.damaged, path.name))
    if asked := st.session_state.get("asked"):
        with st.expander("Asked in this session"):
            draw_asked(desk, asked)


def searches_of(desk: Desk) -> Kept[SavedSearch]:
    """Return the saved searches of everybody as they are now. Raises KeepingError."""
    path = searches_path(desk.folder)
    return _searches_at(str(path), file_mark(path))


@st.cache_resource(max_entries=2, show_spinner=False)
def _searches_at(path: str, mark: str) -> Kept[SavedSearch]:
    return read_searches(Path(path))


def draw_asked(desk: Desk, asked: Sequence[Asked]) -> None:
    """Draw the questions of this session, each to be asked again with its filters."""
    for number, each in enumerate(asked):
        narrowed = provenance(desk, each.filters).filters
        st.button(
            markdown_label(each.question if narrowed == "none" else f"{each.question} ({narrowed})"),
            key=f"asked-{number}",
            icon=":material/check:" if each.answered else ":material/remove:",
            help="Answered" if each.answered else "The briefings do not say",
            type="tertiary",
            on_click=ask_as_before,
            args=(desk, each),
        )


def ask_as_before(desk: Desk, asked: Asked) -> None:
    """Ask a question of this session with the filters that it was asked with."""
    ask_again(asked.question)
    put_filters(desk.searcher, asked.filters.narrowing, asked.filters.k)


def draw_saved(desk: Desk, search: SavedSearch, new: list[str] | None) -> None:
    """Draw a saved search: a press opens it, and it counts as seen."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            markdown_label(search.question),
            key=f"open-{search.id}",
            type="tertiary",
            width="stretch",
            on_click=open_search,
            args=(desk, search, new or []),
        )
        if not desk.read_only:
            st.button(
                "",
                key=f"forget-{search.id}",
                icon=":material/close:",
                type="tertiary",
                help="Remove this saved search",
                on_click=told,
                args=(remove_search, searches_path(desk.folder), search.id),
            )
    st.html(since_html(None if new is None else len(new), search.seen_at))


def new_articles(desk: Desk, search: SavedSearch) -> list[str] | None:
    """Return which of the best articles are new since a search was seen, or None where it cannot be asked now."""
    if search.mark == desk.mark:
        return []
    best = best_now(str(desk.folder.resolve()), desk.mark, search.question, json.dumps(search.options))
    return None if best is None else unseen(search, best)


@st.cache_data(max_entries=1_000, show_spinner=False)
def best_now(folder: str, mark: str, question: str, options: str) -> list[str] | None:
    """Return the best articles of a question in a generation, or None where it cannot be asked."""
    try:
        return best_articles(open_searcher(folder, mark), question, json.loads(options))
    except BriefingsError:
        return None


def open_search(desk: Desk, search: SavedSearch, new: Sequence[str]) -> None:
    """Ask a saved search, with its filters, and keep that it was seen."""
    ask_again(search.question)
    put_filters(desk.searcher, search.options, search.k)
    st.session_state["opened"] = (search.question, tuple(new), search.seen_at)
    if not desk.read_only:
        try:
            seen = new_search(
                desk.searcher, search.question, search.known_options, k=search.k, mark=desk.mark, user=search.user
            )
        except BriefingsError:
            return  # the page says why when it asks
        told(save_search, searches_path(desk.folder), seen)


def draw_save(desk: Desk, question: str, filters: Filters) -> None:
    """Draw the button that saves a search."""
    name = search_id(question, filters.options, user_name())
    try:
        saved = any(search.id == name for search in searches_of(desk).records)
    except KeepingError:
        return  # the sidebar says why
    if not desk.read_only:
        st.button(
            "Search saved" if saved else "Save this search",
            key=f"save-{name}",
            icon=":material/notifications:",
            type="tertiary",
            disabled=saved,
            help="Keeps the question and the filters, and tells what is new when you come back",
            on_click=told,
            args=(_save, desk, question, filters),
        )


def _save(desk: Desk, question: str, filters: Filters) -> None:
    search = new_search(desk.searcher, question, filters.options, k=filters.k, mark=desk.mark, user=user_name())
    save_search(searches_path(desk.folder), search)


def draw_opened(desk: Desk, question: str) -> None:
    """Say what is new in the saved search that was opened, and why something was not kept."""
    draw_not_kept()
    of, new, seen_at = st.session_state.get("opened", ("", (), ""))
    if new and of == question:
        articles = [article for article_id in new if (article := desk.searcher.store.article(article_id))]
        st.html(new_articles_html([article.title or article.article_id for article in articles], seen_at))
