"""The notebook: clipped quotes with their citations, notes to edit, and files to take away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from desk.exporting import draw_export, list_part, provenance
from desk.filters import Counts, Filters
from desk.keeping import clips_of, draw_not_kept, told
from desk.opening import Desk
from desk.returning import ask_again
from index.wording import count_of
from search.kept import KeepingError
from search.markup import markdown_label
from search.markup_kept import clip_html, damaged_html, narrowed_html, notebook_head_html, removed_html
from search.notebook import (
    MOST_NOTE_CHARACTERS,
    Clip,
    add_clip,
    change_note,
    check_clips,
    clip_list,
    notebook_path,
    remove_clip,
)
from search.notebook_facets import clip_facets, clips_within
from search.question import QuestionError
from search.verify import Check

AT_A_TIME = 25
EVERYONE = "Everyone"


def of_notebook(desk: Desk, filters: Filters) -> Counts:
    """Count the clips that the filters leave, of everybody."""
    try:
        clips = clips_of(desk).records
    except KeepingError:
        clips = ()  # the page says why
    try:
        found = clip_facets(clips, desk.searcher.store, **filters.narrowing)
    except QuestionError:
        found = clip_facets(clips, desk.searcher.store)
    return Counts(found, "Clips", f"{count_of(found.articles, 'clip')} in the notebook")


def draw_notebook(desk: Desk, filters: Filters) -> None:
    """Draw the clips of the notebook that the filters leave, the newest first."""
    draw_not_kept()
    try:
        kept = clips_of(desk)
    except KeepingError as error:
        st.error(markdown_label(str(error)), title="The notebook cannot be read")
        return
    clips = sorted(kept.records, key=lambda clip: clip.clipped_at)[::-1]
    st.html(notebook_head_html(len(clips)))
    if kept.damaged:
        st.html(damaged_html(kept.damaged, notebook_path(desk.folder).name))
    draw_undo(desk)
    clips = of_whom(within(desk, clips, filters))
    if not clips:
        return
    draw_taking(desk, clips, filters)
    shown = clips[: st.session_state.get("clips-shown", AT_A_TIME)]
    for clip, check in zip(shown, check_clips(shown, desk.searcher.store), strict=True):
        draw_kept(desk, clip, check)
    if len(shown) < len(clips):
        st.button(f"Show {min(AT_A_TIME, len(clips) - len(shown))} more", key="more-clips", on_click=show_more)


def within(desk: Desk, clips: Sequence[Clip], filters: Filters) -> list[Clip]:
    """Return the clips that the filters leave, and say how many they do not."""
    try:
        left = clips_within(clips, desk.searcher.store, **filters.narrowing)
    except QuestionError as error:
        st.error(markdown_label(str(error)))
        return []
    if len(left) < len(clips):
        st.html(narrowed_html(len(left), len(clips)))
    return left


def show_more() -> None:
    """Show a page more of the notebook."""
    st.session_state["clips-shown"] = st.session_state.get("clips-shown", AT_A_TIME) + AT_A_TIME


def of_whom(clips: Sequence[Clip]) -> list[Clip]:
    """Draw the choice of whose clips are shown, where several people clipped some; return those."""
    names = sorted({clip.user for clip in clips})
    if len(names) < 2:
        return list(clips)
    # The number of an option, not its name, is what is chosen: nobody is called Everyone by mistake.
    words = [EVERYONE, *(name or "No name" for name in names)]
    number = st.selectbox("Clips of", range(len(words)), format_func=words.__getitem__, key="clips-of")
    return [clip for clip in clips if not number or clip.user == names[number - 1]]


def draw_taking(desk: Desk, clips: Sequence[Clip], filters: Filters) -> None:
    """Draw the export of the clips that are shown, or of those among them that are selected."""
    picked = [clip for clip in clips if st.session_state.get(f"pick-{clip.id}")]
    stem = f"{desk.folder.resolve().name}-notebook-{datetime.now(UTC):%Y-%m-%d}"
    name = f"{len(picked):,} selected" if picked else f"All {len(clips):,}" if len(clips) > 1 else "The clip"
    listed = clip_list(picked or clips, desk.folder, provenance(desk, filters).filters)
    draw_export("Export", [list_part(name, stem, listed)], key="export-notebook")


def draw_undo(desk: Desk) -> None:
    """Draw what was removed in this session, and the way back."""
    removed: list[Clip] = st.session_state.get("removed", [])
    if removed and not desk.read_only:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(removed_html(len(removed)), width="content")
            st.button("Undo", key="undo", on_click=put_back, args=(desk,))


def draw_kept(desk: Desk, clip: Clip, check: Check) -> None:
    """Draw a clip, its note, and what can be done with it."""
    st.html(clip_html(clip, check))
    note = f"note-{clip.id}"
    # Somebody else may have written it since it was drawn here.
    if st.session_state.get(f"{note}-drawn") != clip.note or note not in st.session_state:
        st.session_state[note] = st.session_state[f"{note}-drawn"] = clip.note
    st.text_area(
        "Note",
        key=note,
        height=80,
        max_chars=MOST_NOTE_CHARACTERS,
        placeholder="A note of yours",
        disabled=desk.read_only,
        on_change=write_note,
        args=(desk, clip.id),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.checkbox("Select", key=f"pick-{clip.id}")
        if clip.question:
            st.button("Ask again", key=f"again-{clip.id}", type="tertiary", on_click=ask_again, args=(clip.question,))
        if not desk.read_only:
            st.button("Remove", key=f"remove-{clip.id}", type="tertiary", on_click=take_out, args=(desk, clip))


def write_note(desk: Desk, record_id: str) -> None:
    """Keep the note as it was typed."""
    told(change_note, notebook_path(desk.folder), record_id, st.session_state[f"note-{record_id}"])


def take_out(desk: Desk, clip: Clip) -> None:
    """Remove a clip, and hold it so that it can be put back."""
    st.session_state["removed"] = [*st.session_state.get("removed", []), clip]
    told(remove_clip, notebook_path(desk.folder), clip.id)


def put_back(desk: Desk) -> None:
    """Put back the clip that was removed last."""
    *rest, last = st.session_state["removed"]
    st.session_state["removed"] = rest
    told(add_clip, notebook_path(desk.folder), last)
