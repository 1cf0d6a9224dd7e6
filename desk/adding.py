"""Adding articles: a look at what would be kept of each file, then the files go in while the page can be left."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from desk.jobs import JOBS, Told, start_job
from desk.opening import uploads_folder
from desk.uploads import MOST_UPLOADS, Upload, held_bytes, keep_uploads, sorted_out, standing
from index.articles import KINDS, MOST_FILE_BYTES
from index.build import BuildReport, build
from index.errors import BriefingsError, InputError
from index.progress import Show
from index.wording import count_of
from search.inspecting import Inspected, inspected
from search.markup import markdown_label
from search.tending_markup import findings_html, note_html, preview_html

MOST_PREVIEWED = 20  # files, and articles of each: beyond that, nobody looks at them one by one
FILES, FOLDER = "Files", "A folder"
REPLACE, KEEP_BOTH = "Replace the earlier file", "Keep both"


@dataclass(frozen=True)
class Sent:
    """A file's name and content, which outlive the page that it was sent to."""

    name: str
    content: bytes

    @property
    def size(self) -> int:
        """Return its length in bytes."""
        return len(self.content)

    def getvalue(self) -> bytes:
        """Return its content."""
        return self.content


def told_report(report: BuildReport) -> str:
    """Return what a build did in words."""
    counts = ((report.added, "added"), (report.changed, "changed"), (report.removed, "removed"))
    told = [f"{number:,} {word}" for number, word in counts if number]
    told += [f"{report.unchanged:,} unchanged"] if report.unchanged else []
    return f"{', '.join(told).capitalize() or 'Nothing added'}. The index holds {count_of(report.articles, 'article')}."


def draw_adding(folder: Path) -> None:
    """Draw where files are chosen, what would be kept of each, and the button that adds them."""
    number = st.session_state.setdefault("uploads-number", 0)  # another key is an empty chooser
    of = st.segmented_control(
        "What to add", (FILES, FOLDER), key="uploads-of", required=True, default=FILES, label_visibility="collapsed"
    )
    uploads = st.file_uploader(
        "A folder to add" if of == FOLDER else "Files to add",
        [kind.removeprefix(".") for kind in KINDS],
        accept_multiple_files="directory" if of == FOLDER else True,
        max_upload_size=MOST_FILE_BYTES // 1_000_000,
        help=f"Up to {MOST_UPLOADS} files at a time. They are copied to a folder beside the index.",
        key=f"uploads-{number}-{of}",
    )
    if not uploads:
        return
    kept_in = uploads_folder(folder)
    try:
        taken, refused = sorted_out(uploads, held_bytes(kept_in))
        choices = _draw_previews(taken, kept_in)
    except OSError as error:
        st.error(markdown_label(f"{kept_in} cannot be read ({error.strerror}): check its permissions"))
        return
    if refused:
        st.html(findings_html("Not taken", refused))
    told = f"Add {len(taken):,} files to the index" if len(taken) > 1 else "Add to the index"
    if taken:
        sent = [upload for _, upload in taken]
        # Called before the page is drawn anew, which another press may break off.
        st.button(
            told,
            type="primary",
            key="add",
            disabled=JOBS.running(folder),
            on_click=_start_adding,
            args=(folder, sent, choices, refused),
        )


def _start_adding(
    folder: Path, uploads: Sequence[Upload], choices: Mapping[str, str], refused: Sequence[tuple[str, str]]
) -> None:
    """Begin to add what was sent, and empty the chooser. choices: see `_draw_previews`."""
    replace = [name for name, key in choices.items() if st.session_state.get(key) == REPLACE]
    sent = [Sent(upload.name, upload.getvalue()) for upload in uploads]
    if start_job(folder, "Adding articles", lambda show: add(folder, sent, replace, refused, show)):
        st.session_state["uploads-number"] += 1
        st.session_state.pop("previews", None)


def add(
    folder: Path, sent: Sequence[Upload], replace: Sequence[str], refused: Sequence[tuple[str, str]], show: Show
) -> Told:
    """Keep files beside an index and take them in; say what came of it."""
    kept_in = uploads_folder(folder)
    try:
        not_kept = keep_uploads(sent, kept_in, replace)
    except OSError as error:
        raise InputError(f"the files cannot be kept in {kept_in} ({error.strerror}): make room or free it") from error
    report = build(folder, [kept_in], progress=show)
    problems = ((problem.where, problem.reason) for problem in report.problems)
    return Told(told_report(report), (*refused, *not_kept, *problems))


def _draw_previews(taken: Sequence[tuple[str, UploadedFile]], kept_in: Path) -> dict[str, str]:
    """Draw what would be kept of each file that is taken.

    Return the names that an earlier file has, each with the key of the choice whether it is replaced.
    """
    choices: dict[str, str] = {}
    for place, (name, upload) in enumerate(taken):
        if place < MOST_PREVIEWED:
            found, is_cut = _preview(name, upload)
            st.html(preview_html(upload.name, found, is_cut=is_cut))
        how = standing(kept_in, name, upload.getvalue())
        if how == "same":
            st.html(note_html("This file was added before, and has not changed."))
        elif how == "differs":
            choices[name] = f"replace-{upload.file_id}"
            st.radio(
                markdown_label(f"Another {name} was added before. Its articles are"),
                (REPLACE, KEEP_BOTH),
                key=choices[name],
                horizontal=True,
            )
    if len(taken) > MOST_PREVIEWED:
        st.html(note_html(f"The other {count_of(len(taken) - MOST_PREVIEWED, 'file')} will be read when added."))
    return choices


def _preview(name: str, upload: UploadedFile) -> tuple[Inspected | str, bool]:
    """Return what would be kept of a file, or why it cannot be read, and whether more articles follow."""
    known = st.session_state.setdefault("previews", {})
    if upload.file_id not in known:
        with st.spinner(markdown_label(f"Reading {upload.name}")):
            known[upload.file_id] = read_upload(name, upload.getvalue())
    seen: tuple[Inspected | str, bool] = known[upload.file_id]
    return seen


def read_upload(name: str, content: bytes) -> tuple[Inspected | str, bool]:
    """Read the beginning of a file as indexing would; nothing is told of where it lay meanwhile."""
    with tempfile.TemporaryDirectory(prefix="briefings-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            found = inspected(path, most=MOST_PREVIEWED)
        except BriefingsError as error:
            return str(error).replace(f"{folder}/{name} ", "").replace(f"{folder}/", ""), False
    problems = tuple(
        type(problem)(problem.where.replace(f"{folder}/", ""), problem.reason) for problem in found.problems
    )
    is_cut = len(found.articles) + len(problems) >= MOST_PREVIEWED
    return Inspected(found.articles, problems), is_cut
