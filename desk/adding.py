"""Adding articles: files from the browser are kept beside the index, then indexed while the page can be read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

import streamlit as st

from desk.opening import uploads_folder
from index.articles import KINDS, MOST_FILE_BYTES, kind_of
from index.build import BuildReport, Progress, build
from index.errors import BriefingsError
from search.markup import markdown_label, problems_html

MOST_UPLOADS = 200
MOST_NAME_BYTES = 120


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
