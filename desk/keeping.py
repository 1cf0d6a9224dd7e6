"""Keeping: who keeps, and the buttons that clip a quote or a passage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from desk.opening import Desk, check_may_write
from index.blocks import one_line
from index.errors import BriefingsError
from search.excerpts import Excerpt
from search.kept import KeepingError, Kept
from search.markup import markdown_label
from search.notebook import (
    MOST_NAME_CHARACTERS,
    Clip,
    add_clip,
    clip_id,
    new_clip,
    notebook_path,
    read_notebook,
)


def draw_user(desk: Desk) -> None:
    """Draw the field for the name of this visitor, for as long as the page is open."""
    if not desk.read_only:
        st.text_input(
            "Your name",
            key="user",
            max_chars=MOST_NAME_CHARACTERS,
            placeholder="anonymous",
            help="Stands with what you judge, clip and save. It is forgotten when this page is closed.",
        )


def user_name() -> str:
    """Return the name that was given in this session, or ""."""
    return one_line(st.session_state.get("user") or "")[:MOST_NAME_CHARACTERS].strip()


def told(keeping: Callable[..., object], *arguments: object) -> None:
    """Call what keeps something; where that fails, the next page says why."""
    try:
        check_may_write()
        keeping(*arguments)
    except BriefingsError as error:
        st.session_state["not kept"] = str(error)


def draw_not_kept() -> None:
    """Say once why the last thing was not kept, where it was not."""
    if "not kept" in st.session_state:
        st.error(markdown_label(st.session_state.pop("not kept")), title="Nothing was kept")


def clips_of(desk: Desk) -> Kept[Clip]:
    """Return the notebook as it is now. Raises KeepingError."""
    path = notebook_path(desk.folder)
    return _clips_at(str(path), file_mark(path))


def file_mark(path: Path) -> str:
    """Return what tells the content of a file from any other that stood there, so that it is read when it changes."""
    try:
        found = path.stat()
    except OSError as error:
        return type(error).__name__  # who reads it says so
    return f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"


@st.cache_resource(max_entries=2, show_spinner=False)
def _clips_at(path: str, mark: str) -> Kept[Clip]:
    return read_notebook(Path(path))


def draw_clip(desk: Desk, excerpt: Excerpt, *, question: str, what: str, key: str) -> None:
    """Draw the button that clips an excerpt. what: words for it, as "quote 1". key: tells it from others here."""
    user = user_name()
    name = clip_id(excerpt, user)
    try:
        clipped = any(clip.id == name for clip in clips_of(desk).records)
    except KeepingError:
        return  # the page of the notebook says why
    if desk.read_only:
        return
    st.button(
        f"Clipped {what}" if clipped else f"Clip {what}",
        key=f"clip-{key}-{name}",
        icon=":material/bookmark_added:" if clipped else ":material/bookmark_add:",
        type="tertiary",
        disabled=clipped,
        on_click=_clip,
        args=(desk, excerpt, question, user),
    )


def _clip(desk: Desk, excerpt: Excerpt, question: str, user: str) -> None:
    generation = desk.searcher.store.manifest.generation
    told(add_clip, notebook_path(desk.folder), new_clip(excerpt, question=question, generation=generation, user=user))
