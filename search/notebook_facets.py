"""The notebook under the filters of a question: which clips pass, and how many each filter would leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Unpack

from index.database import Described
from index.store import Store
from search.facets import Facets, count_facets
from search.narrowing import Narrowing, passes, row_filter
from search.notebook import Clip


def clips_within(clips: Sequence[Clip], store: Store, **narrowing: Unpack[Narrowing]) -> list[Clip]:
    """Return the clips that pass, in their order. Raises as `Searcher.search` does."""
    rows = row_filter(store, narrowing)
    return [clip for clip, row in zip(clips, _described(clips, store), strict=True) if passes(row, rows)]


def clip_facets(clips: Sequence[Clip], store: Store, **narrowing: Unpack[Narrowing]) -> Facets:
    """Count what the clips could be narrowed to, each as one article. Raises as `Searcher.search` does."""
    described = _described(clips, store)
    return count_facets(row_filter(store, narrowing), lambda left: [row for row in described if passes(row, left)])


def _described(clips: Sequence[Clip], store: Store) -> list[Described]:
    """Return what a filter looks at: as it was when it was clipped, and the language as the index has it now."""
    languages = store.languages_of(clip.excerpt.article_id for clip in clips)
    return [
        Described(
            number,
            clip.excerpt.source,
            languages.get(clip.excerpt.article_id),
            _day(clip.excerpt.published),
            clip.excerpt.section,
        )
        for number, clip in enumerate(clips)
    ]


def _day(published: str | None) -> str | None:
    """Return an ISO day, or None: the file is one that anybody may have written to."""
    try:
        return date.fromisoformat(published or "").isoformat()
    except ValueError:
        return None
