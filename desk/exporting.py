"""Files to take away: an answer, its passages, or the notebook, written when one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from desk.filters import Filters
from desk.opening import Desk
from index.blocks import harmless
from search.escapes import file_stem
from search.export import FORMATS, Provenance
from search.export_excerpts import LIST_FORMATS, ExcerptList, passage_list
from search.kept import now
from search.period import Period
from search.results import Answer
from search.tending_markup import note_html

KINDS = {
    ".md": ("Markdown", "text/markdown"),
    ".csv": ("CSV", "text/csv"),
    ".json": ("JSON", "application/json"),
    ".bib": ("BibTeX", "application/x-bibtex"),
    ".ris": ("RIS", "application/x-research-info-systems"),
}


@dataclass(frozen=True)
class Part:
    """Something that can be exported. stem: of the file's name. write: returns the text for a suffix of KINDS."""

    name: str
    stem: str
    write: Callable[[str], str]


@dataclass(frozen=True)
class FollowedUp:
    """A question that was asked on from another: that one, what was typed, and what was searched for."""

    before: str
    typed: str
    searched_for: str


def draw_export(label: str, parts: Sequence[Part], *, key: str) -> None:
    """Draw the button that opens the choice of files."""
    with st.popover(label, type="tertiary", icon=":material/download:", key=key):
        for part in parts:
            with st.container(horizontal=True, gap="small"):
                st.html(note_html(part.name))
                for suffix, (kind, mime) in KINDS.items():
                    st.download_button(
                        kind,
                        partial(part.write, suffix),
                        f"{part.stem}{suffix}",
                        mime,
                        key=f"{key}-{part.name}-{suffix}",
                        on_click="ignore",
                        help=f"{part.name}, as {kind}",
                    )


def answer_parts(desk: Desk, answer: Answer, filters: Filters, followed: FollowedUp | None = None) -> list[Part]:
    """Return what can be exported of an answer. followed: how its question came about, if by asking on."""
    asked = provenance(desk, filters, answer.period)
    if followed:
        asked = replace(asked, asked=followed.typed, after=(followed.before,))
    stem = file_stem(answer.question)
    parts = [Part("The answer", f"{stem}-answer", lambda suffix: FORMATS[suffix](answer, asked))]
    if answer.hits:
        passages = partial(passage_list, answer, asked)
        parts.append(Part("The passages", f"{stem}-passages", lambda suffix: LIST_FORMATS[suffix](passages())))
    return parts


def list_part(name: str, stem: str, excerpts: ExcerptList) -> Part:
    """Return a list of excerpts as something that can be exported."""
    return Part(name, stem, lambda suffix: LIST_FORMATS[suffix](excerpts))


def provenance(desk: Desk, filters: Filters, period: Period | None = None) -> Provenance:
    """Return how a question is asked now. period: the time that it names by the day it is asked on."""
    manifest = desk.searcher.store.manifest
    return Provenance(
        asked_at=now(),
        index=harmless(str(desk.folder)),
        generation=manifest.generation,
        model=manifest.model.name,
        since=filters.since.isoformat() if filters.since else None,
        until=filters.until.isoformat() if filters.until else None,
        source=filters.sources,
        exclude_source=filters.without_sources,
        language=filters.languages,
        section=filters.sections,
        exclude_section=filters.without_sections,
        asked_on=period.until.isoformat() if period else None,
    )
