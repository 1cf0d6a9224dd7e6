"""Clips and saved searches as HTML for the app, escaped like the rest (markup.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from index.wording import count_of
from search.excerpts import Excerpt
from search.kept import Damaged
from search.markup import escaped, link_html, problems_html, spelled_day
from search.notebook import Clip
from search.verify import Check

STATES = {
    "holds": ("Holds", "stands in the index of today, word for word"),
    "holds, article changed": ("Holds", "stands where it did, and the article has changed elsewhere"),
    "moved": ("Holds", "stands in the article, now in another place"),
    "changed": ("Changed", "the article no longer has these words there"),
    "gone": ("Gone", "the article is no longer in this index"),
}


def notebook_head_html(clips: int) -> str:
    """Return the heading of the notebook: how much there is, or how to begin."""
    if clips:
        told = f"{count_of(clips, 'clip')}, the newest first. Everyone who reads this index sees them."
    else:
        told = "Nothing is clipped yet. Ask a question and press “Clip” below a quote or a passage: it is kept here."
    return f'<header class="bf bf-notebook"><h2>Notebook</h2><p class="bf-told">{told}</p></header>'


def narrowed_html(left: int, clips: int) -> str:
    """Return how many clips the filters leave, where they leave some out."""
    return f'<p class="bf bf-told" role="status">{left:,} of {clips:,} clips pass the filters beside this page.</p>'


def clip_html(clip: Clip, check: Check) -> str:
    """Return a clipped quote with its citation, whose it is, and whether it still holds."""
    word, told = STATES[check.state]
    by = f" by <bdi>{escaped(clip.user)}</bdi>" if clip.user else ""
    asked = f", for “<bdi>{escaped(clip.question)}</bdi>”" if clip.question else ""
    return (
        f'<article class="bf bf-clip"><blockquote dir="auto">{escaped(clip.excerpt.quote)}</blockquote>'
        f'<p class="bf-told"><span class="bf-from" dir="auto">{escaped(clip.excerpt.title)}</span>'
        f"{_place(clip.excerpt)}</p>"
        f'<p class="bf-told"><span class="bf-state bf-{word.lower()}"><b>{word}</b>: {told}</span></p>'
        f'<p class="bf-told">Clipped {_day(clip.clipped_at)}{by}{asked}</p></article>'
    )


def _place(excerpt: Excerpt) -> str:
    source = f"<bdi>{escaped(excerpt.source)}</bdi>" if excerpt.source else "Source unknown"
    parts = [source, escaped(spelled_day(excerpt.published)) if excerpt.published else "Date unknown"]
    parts += [f"<bdi>{escaped(excerpt.section)}</bdi>"] if excerpt.section else []
    return "".join(f"<span>{part}</span>" for part in parts) + link_html(excerpt.url)


def _day(when: str) -> str:
    """Return the day of a time as "14 September", with its year where it is not this one; escaped."""
    spelled = spelled_day(when[:10])
    return escaped(spelled.removesuffix(f" {datetime.now(UTC).year}"))


def removed_html(clips: int) -> str:
    """Return what was removed in this session and can be brought back."""
    return f'<p class="bf bf-told">{clips:,} clip{"s" * (clips != 1)} removed.</p>'


def since_html(new: int | None, seen_at: str) -> str:
    """Return how many articles are new in a saved search. new: None where it cannot be asked any more."""
    if new is None:
        told = "Cannot be asked now: the index no longer has its filters, or is damaged."
    else:
        told = f"{f'<b>{new} new</b>' if new else 'Nothing new'} since {_day(seen_at)}"
    return f'<p class="bf bf-since">{told}</p>'


def new_articles_html(titles: Sequence[str], seen_at: str) -> str:
    """Return which articles are new in the saved search that was opened."""
    items = "".join(f'<li dir="auto">{escaped(title)}</li>' for title in titles)
    return f'<div class="bf bf-new"><p>New since {_day(seen_at)}</p><ul>{items}</ul></div>'


def damaged_html(damaged: Sequence[Damaged], path: str) -> str:
    """Return the lines of a kept file that cannot be read, or nothing where there are none."""
    return problems_html([(f"{path}, line {each.number}", each.reason) for each in damaged])
