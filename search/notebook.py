"""The notebook of an index: quotes that people clipped, each with its citation and their note.

It is a file beside the index, `INDEX-notebook.jsonl`, a line a clip: whoever reads the index reads it, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index.blocks import harmless, one_line
from index.store import Store
from search.excerpts import Excerpt
from search.export_excerpts import ExcerptList, Listed
from search.kept import Kept, Values, beside, change, discard, keep, known_text, now, read_kept, text_of, whole_of
from search.verify import Check, Claim, SavedAnswer, verify_answer

MOST_CLIPS = 5_000
MOST_NOTE_CHARACTERS = 4_000
MOST_NAME_CHARACTERS = 60


@dataclass(frozen=True)
class Clip:
    """A quote that somebody clipped. user: the name that they gave, or "". clipped_at: ISO 8601, UTC."""

    id: str
    user: str
    clipped_at: str
    question: str
    excerpt: Excerpt
    generation: int
    note: str = ""


def notebook_path(folder: Path) -> Path:
    """Return where an index's notebook is."""
    return beside(folder, "notebook")


def clip_id(excerpt: Excerpt, user: str) -> str:
    """Return the id of a clip: the same words of the same article, clipped by the same person, are one clip."""
    parts = (user, excerpt.article_id, excerpt.sha256, str(excerpt.start), str(excerpt.end))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def new_clip(excerpt: Excerpt, *, question: str, generation: int, user: str = "") -> Clip:
    """Return a clip that is made now."""
    name = one_line(user)[:MOST_NAME_CHARACTERS]
    return Clip(clip_id(excerpt, name), name, now(), question, excerpt, generation)


def read_notebook(path: Path) -> Kept[Clip]:
    """Read the clips, in the order in which they were made, and the lines that are damaged. Raises KeepingError."""
    return read_kept(path, read_clip)


def read_clip(values: Values) -> Clip:
    """Read the parsed JSON of a clip. Raises ValueError where a field is missing or is no such thing."""
    excerpt = Excerpt(
        quote=text_of(values, "quote"),
        title=text_of(values, "title"),
        section=text_of(values, "section"),
        source=known_text(values, "source"),
        author=known_text(values, "author"),
        published=known_text(values, "published"),
        url=known_text(values, "url"),
        article_id=text_of(values, "article_id"),
        start=whole_of(values, "start"),
        end=whole_of(values, "end"),
        sha256=text_of(values, "sha256"),
    )
    return Clip(
        id=text_of(values, "id"),
        user=text_of(values, "user"),
        clipped_at=text_of(values, "clipped_at"),
        question=text_of(values, "question"),
        excerpt=excerpt,
        generation=whole_of(values, "generation"),
        note=text_of(values, "note"),
    )


def clip_values(clip: Clip) -> Values:
    """Return a clip as its line holds it."""
    values = asdict(clip)
    excerpt, note = values.pop("excerpt"), values.pop("note")
    return {**values, **excerpt, "note": note}


def add_clip(path: Path, clip: Clip) -> None:
    """Keep a clip; also one that was removed. Raises KeepingError."""
    keep(path, clip_values(clip), most=MOST_CLIPS)


def change_note(path: Path, record_id: str, note: str) -> None:
    """Write the note of a clip. Raises KeepingError."""
    change(path, record_id, {"note": harmless(note.strip()[:MOST_NOTE_CHARACTERS])})


def remove_clip(path: Path, record_id: str) -> None:
    """Remove a clip. Raises KeepingError."""
    discard(path, record_id)


def check_clips(clips: Sequence[Clip], store: Store) -> list[Check]:
    """Look each quote up in an index: whether it still stands there."""
    claims = [
        Claim("quoted", number, e.article_id, e.title, e.start, e.end, e.quote, e.sha256)
        for number, e in enumerate((clip.excerpt for clip in clips), start=1)
    ]
    return list(verify_answer(SavedAnswer("", "", tuple(claims)), store).checks)


def clip_list(clips: Sequence[Clip], folder: Path, filters: str = "none") -> ExcerptList:
    """Return clips as a list to export. filters: what they were narrowed to, in words."""
    listed = [
        Listed(
            clip.excerpt,
            {
                "note": clip.note,
                "clipped for": clip.question,
                "clipped at": clip.clipped_at,
                "clipped by": clip.user,
                "generation": clip.generation,
                "clip": clip.id,
            },
        )
        for clip in clips
    ]
    facts = {"written at": now(), "filters": filters, "index": harmless(str(folder))}
    return ExcerptList("Notebook", facts, tuple(listed))
