"""What a question is narrowed to: sources, days, and how many passages are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import streamlit as st

from search.searcher import Options, Searcher
from search.searches import Option

SHOWN = (5, 10, 15, 25)  # passages to choose from


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
    k = st.selectbox("Passages to show", SHOWN, key="k")
    return Filters(tuple(sources), since, until, k)


def put_filters(searcher: Searcher, options: Mapping[str, Option], k: int) -> None:
    """Set the filters to those of a saved search, as far as the index still has what they name."""
    names = {found.source for found in searcher.store.sources() if found.source}
    sources = options.get("source", [])
    st.session_state["source"] = [name for name in names if isinstance(sources, list) and name in sources]
    for name in ("since", "until"):
        st.session_state[name] = _day_within(options.get(name), searcher.store.date_range())
    st.session_state["k"] = k if k in SHOWN else SHOWN[0]


def _day_within(value: Option | None, days: tuple[str, str] | None) -> date | None:
    """Return the day nearest to the one given that can be chosen, since the widget takes no other."""
    if not isinstance(value, str) or days is None:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    first, last = (date.fromisoformat(each) for each in days)
    return min(max(day, first), last)
