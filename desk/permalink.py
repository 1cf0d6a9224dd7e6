"""The address that shows the same result again: question, filters, view, and the generation it was found in."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from desk.opening import Desk, generation_mark, open_searcher
from index.dates import iso_day
from index.errors import BriefingsError
from index.generations import generation_numbered
from search.facet_markup import generation_html, lost_generation_html
from search.period import Period, today
from search.searcher import Searcher
from search.tending_markup import note_html

_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def open_wanted(folder: Path, newest: Path, *, read_only: bool) -> Desk:
    """Open the generation that the address names while it is kept, else the newest.

    The address is read once: in a page that stays open, what is added is found at once.
    """
    number = int(newest.name)
    if "pinned" not in st.session_state:
        st.session_state["pinned"] = _named_generation()
    wanted: int | None = st.session_state["pinned"]
    if wanted == number:
        wanted = st.session_state["pinned"] = None
    if wanted is not None:
        try:
            return _opened(folder, generation_numbered(folder, wanted), number, read_only=read_only)
        except (BriefingsError, OSError):
            st.session_state["pinned"] = None
            st.session_state["lost"] = wanted
    return _opened(folder, newest, number, read_only=read_only)


def _named_generation() -> int | None:
    told = st.query_params.get("g", "")
    return int(told) if _NUMBER.fullmatch(told) else None


def _opened(folder: Path, generation: Path, newest: int, *, read_only: bool) -> Desk:
    mark = generation_mark(generation)
    return Desk(folder, mark, open_searcher(str(folder.resolve()), mark), read_only, newest)


def draw_generation(desk: Desk) -> None:
    """Say so where the page is not of the newest generation, or where the one that was asked for is gone."""
    manifest = desk.searcher.store.manifest
    if manifest.generation != desk.newest:
        st.html(generation_html(manifest, desk.newest))
        st.button("Show the newest", key="newest", on_click=show_newest)
    elif "lost" in st.session_state:
        st.html(lost_generation_html(st.session_state["lost"], desk.newest))
        st.button("All right", key="newest", on_click=show_newest)


def show_newest() -> None:
    """Let go of the generation that the address names."""
    st.session_state["pinned"] = None
    st.session_state.pop("lost", None)
    st.query_params.pop("g", None)


def day_of_asking() -> date:
    """Return the day from which "this week" in a question counts: that of the address it was opened by, else today."""
    if "opened-on" not in st.session_state:
        st.session_state["opened-on"] = (st.query_params.get("q", ""), iso_day(st.query_params.get("on", "")))
    question, day = st.session_state["opened-on"]
    return date.fromisoformat(day) if day and question == st.query_params.get("q", "") else today()


def draw_link(searcher: Searcher, place: st.delta_generator.DeltaGenerator, period: Period | None) -> None:
    """Put into the address the generation of a result, and the day of asking where the question names a time by it.

    The address, to be copied, is drawn at that place.
    """
    if period is None:
        st.query_params.pop("on", None)
    else:
        st.query_params["on"] = period.until.isoformat()
    generation = str(searcher.store.manifest.generation)
    if st.query_params.get("g") != generation:
        st.query_params["g"] = generation
    with place.popover("Copy link"):
        told = "Opens this question, its filters and this generation of the index, as long as that is kept."
        st.html(note_html(told))
        st.code(address(), language=None, wrap_lines=True)


def address() -> str:
    """Return the whole address of the page as it is."""
    named = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    return f"{st.context.url or ''}?{urlencode(named)}"


def forget_result() -> None:
    """Take the generation out of the address where there is no result, unless an older one is looked at."""
    st.query_params.pop("on", None)
    if st.session_state.get("pinned") is None and "g" in st.query_params:
        st.query_params.pop("g")
