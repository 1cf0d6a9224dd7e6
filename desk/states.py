"""The pages in the place of an index that is missing, being built, newer than this program, or damaged."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from desk.adding import draw_adding
from desk.jobs import JOBS, Told, draw_outcome, draw_running, start_job
from desk.opening import uploads_folder
from index.doctor import repair
from index.errors import BriefingsError, FormatError
from index.generations import current_generation
from index.holder import writer_of
from index.progress import Show
from search.markup import markdown_label, masthead_html, welcome_html
from search.tending_markup import read_only_welcome, state_html

SECONDS = 3.0  # between two looks at whether another process has finished


def draw_unbuilt(folder: Path, *, read_only: bool) -> None:
    """Draw the page of a folder that holds no index yet: being built, or how to begin."""
    st.html(masthead_html(0, 0, None))
    if JOBS.running(folder):
        st.html(state_html("The first briefings are being read", "The page goes on by itself when they can be asked."))
        draw_running(folder)
    elif writer_of(folder):
        _draw_being_built(folder)
    elif read_only:
        st.html(read_only_welcome(folder))
    else:
        st.html(welcome_html(folder, uploads_folder(folder)))
        draw_outcome(folder)
        draw_adding(folder)


@st.fragment(run_every=SECONDS)
def _draw_being_built(folder: Path) -> None:
    """Draw that another process builds the index, and look again every few seconds."""
    writer = writer_of(folder)
    if writer is None or _is_there(folder):
        st.rerun()
    told = f"The first build is under way ({writer}). This page looks again by itself, and opens when it is done."
    st.html(state_html("The index is being built", told, f"briefings status --index {folder}"))


def _is_there(folder: Path) -> bool:
    try:
        return current_generation(folder) is not None
    except BriefingsError:
        return True  # to be told of by the page that is drawn next


def draw_unopened(folder: Path, error: BriefingsError, *, read_only: bool) -> None:
    """Draw the page of an index that cannot be opened: of another version, or broken; what to do, and the reason."""
    st.html(masthead_html(0, 0, None))
    if isinstance(error, FormatError):
        st.html(_format_html(error, folder))
    elif (folder / "generations").is_dir():
        draw_running(folder)
        draw_outcome(folder)
        st.html(
            state_html(
                "The index is damaged",
                "Something on the disk is not what was written. The articles' text can be used as long as it can be"
                " read: a check finds what is broken, and a repair makes it again from the text.",
                f"briefings doctor --repair --index {folder}",
            )
        )
        if not read_only:
            _draw_repair(folder)
    st.error(markdown_label(str(error)), title="The index cannot be opened")


def _draw_repair(folder: Path) -> None:
    busy = JOBS.running(folder)
    st.button("Check and repair", type="primary", disabled=busy, on_click=_repair, args=(folder,))


def _repair(folder: Path) -> None:
    start_job(folder, "Checking and repairing", lambda show: mended(folder, show))


def _format_html(error: FormatError, folder: Path) -> str:
    if error.newer:
        told = "A newer version of briefings wrote it. Nothing is wrong with it: update briefings, then load this page."
        return state_html("This index is newer than this program", told, "git pull && make setup")
    told = "An older version of briefings wrote it. Index the articles again into a new folder, then open that one."
    return state_html("This index is older than this program", told, f"briefings index PATH... --index {folder}-new")


def mended(folder: Path, show: Show) -> Told:
    """Repair an index and say what was found, what was done, and what is still broken."""
    outcome = repair(folder, progress=show)
    still = tuple((finding.where, finding.what) for finding in outcome.after.findings)
    if still:
        return Told("Not everything could be repaired.", still, "Still broken", damaged=True)
    found = tuple((finding.where, finding.what) for finding in outcome.before.findings)
    did = ". ".join(line[:1].upper() + line[1:] for line in outcome.did)
    said = f"{did}. Every byte was checked." if did else "The index is whole: every byte was checked."
    return Told(said, found, "Was broken")
