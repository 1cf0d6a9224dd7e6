"""What a question is narrowed to: sources, days, and how many passages are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st

from search.searcher import Options, Searcher


@dataclass(frozen=True)
class Filters:
    """What the person who asks wants to see; None and () leave nothing out."""

    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    k: int = 5

    @property
    def options(self) -> Options:
        """Return them as a searcher takes them."""
        return {"since": self.since, "until": self.until, "source": self.sources or None}


def draw_filters(searcher: Searcher) -> Filters:
    """Draw the filters and return what they are set to."""
    names = [found.source for found in searcher.store.sources() if found.source]
    # Options are shown as plain text, unlike labels: escaping them would show the backslashes.
    sources = st.multiselect("Sources", names, placeholder="All sources", select_all=False, key="source")
    since = until = None
    days = searcher.store.date_range()
    if days:
        first, last = (date.fromisoformat(day) for day in days)
        told = "Articles whose date is unknown are left out once a day is set here."
        since = st.date_input("From", None, first, last, key="since", help=told, format="YYYY-MM-DD")
        until = st.date_input("To", None, first, last, key="until", help=told, format="YYYY-MM-DD")
    k = st.selectbox("Passages to show", (5, 10, 15, 25), key="k")
    return Filters(tuple(sources), since, until, k)
