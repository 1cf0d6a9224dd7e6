"""What a question is narrowed to, with counts: sources, sections, languages, days, and how many passages are shown.

The address of the page holds every filter by the name of its widget; what it says is put into the widgets the first
time, and what this index does not have is dropped and told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import streamlit as st

from desk.opening import MOST_QUESTION_CHARACTERS, Desk
from index.errors import BriefingsError
from index.wording import count_of
from search.facet_markup import counted_html, histogram_html
from search.facets import Count, Facets, facets
from search.markup import markdown_label
from search.narrowing import Narrowing
from search.searcher import Options, Searcher

SHOWN = (5, 10, 15, 25)  # passages
# What the address and the widgets call a filter, and what a searcher does.
OPTIONS = {
    "source": "source",
    "not": "exclude_source",
    "section": "section",
    "not-section": "exclude_section",
    "language": "language",
}
CHOICES = tuple(OPTIONS)
DAYS = ("since", "until")
MOST_NAMES = 50  # of one filter that an address may hold

Spelled = Mapping[str, str]  # names by their folded form


@dataclass(frozen=True)
class Counts:
    """What each filter would leave. noun: what is counted, in the plural. told: how much of it passes, in words."""

    facets: Facets
    noun: str
    told: str


@dataclass(frozen=True)
class Filters:
    """What the person who asks wants to see; None and () leave nothing out."""

    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    k: int = SHOWN[0]
    without_sources: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    without_sections: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def options(self) -> Options:
        """Return them as a searcher takes them."""
        return cast(Options, self.narrowing)

    @property
    def narrowing(self) -> Narrowing:
        """Return what is searched at all."""
        return {
            "since": self.since,
            "until": self.until,
            "source": self.sources,
            "exclude_source": self.without_sources,
            "section": self.sections,
            "exclude_section": self.without_sections,
            "language": self.languages,
        }


Counting = Callable[[Desk, Filters], Counts]


def set_filters(desk: Desk) -> tuple[Filters, list[str]]:
    """Return what the filters are set to, which the address then says, and what the address names in vain."""
    dropped = _settle(desk.searcher, _known(desk))
    _put_into_address()
    return _chosen(), dropped


def draw_filters(desk: Desk, filters: Filters, dropped: Sequence[str], counting: Counting) -> None:
    """Draw the filters as they are set, with the counts of what the page shows. dropped: see `set_filters`."""
    known = _known(desk)
    found = counting(desk, filters)
    counts = found.facets
    # Every source can be named, also one that has no article near the question.
    sources = [*counts.sources, *(Count(name, 0) for name in known["source"].values())]
    st.html(counted_html(found.told))
    _draw_choice("Sources", "source", sources, known["source"], "All sources")
    _draw_days(desk.searcher, found, filters)
    _draw_choice("Sections", "section", counts.sections, known["section"], "All sections")
    _draw_choice("Language", "language", counts.languages, known["language"], "Any language")
    with st.expander("Leave out", expanded=bool(filters.without_sources or filters.without_sections)):
        _draw_choice("Not these sources", "not", sources, known["source"], "None left out")
        _draw_choice("Not these sections", "not-section", counts.sections, known["section"], "None left out")
    if any(st.session_state.get(name) for name in (*CHOICES, *DAYS)):
        st.button("Clear filters", key="clear", on_click=clear, width="stretch")
    if dropped:
        st.warning(markdown_label(f"Not in this index, so not narrowed to: {', '.join(dropped)}"))


def draw_shown() -> None:
    """Draw how many passages are shown."""
    st.selectbox("Passages to show", SHOWN, key="k")


def near_question(desk: Desk, filters: Filters) -> Counts:
    """Count the articles near the question, or all there are to read without one."""
    question = " ".join(str(st.session_state.get("question", st.query_params.get("q", ""))).split())
    if len(question) > MOST_QUESTION_CHARACTERS:
        question = ""  # it is not asked, so nothing is near it
    found = counted(str(desk.folder.resolve()), desk.mark, question, filters, desk.searcher)
    articles = count_of(found.articles, "article")
    return Counts(found, "Articles", f"{articles} {'near this question' if question else 'to read'}")


def clear() -> None:
    """Take every filter away; the question stays."""
    for name in (*CHOICES, *DAYS):
        st.session_state[name] = None if name in DAYS else []
        st.query_params.pop(name, None)


@st.cache_data(max_entries=64, show_spinner=False)
def counted(folder: str, mark: str, question: str, filters: Filters, _searcher: Searcher) -> Facets:
    """Count what there is to narrow to, or everything there is where the filters contradict one another."""
    try:
        return facets(_searcher, question, **filters.narrowing)
    except BriefingsError:
        return facets(_searcher)


def _known(desk: Desk) -> dict[str, Spelled]:
    return known_names(str(desk.folder.resolve()), desk.mark, desk.searcher)


@st.cache_resource(max_entries=3, show_spinner=False)
def known_names(folder: str, mark: str, _searcher: Searcher) -> dict[str, Spelled]:
    """Return the names that each choice may have."""
    store = _searcher.store
    sources = {found.source.casefold(): found.source for found in reversed(store.sources()) if found.source}
    sections = {heading.casefold(): heading for heading in reversed(store.headings())}
    languages = {language.casefold(): language for language in reversed(store.languages())}
    return dict(zip(CHOICES, (sources, sources, sections, sections, languages), strict=True))


def _settle(searcher: Searcher, known: Mapping[str, Spelled]) -> list[str]:
    """Set each filter to what the address says, the first time, and to what this index has; return what it has not."""
    dropped: list[str] = []
    for name in CHOICES:
        wanted = st.session_state[name] if name in st.session_state else st.query_params.get_all(name)[:MOST_NAMES]
        spelled = known[name]
        dropped += [f"“{each[:80]}”" for each in wanted if each.casefold() not in spelled]
        _set(name, list(dict.fromkeys(spelled[each.casefold()] for each in wanted if each.casefold() in spelled)))
    for left_out, chosen in (("not", "source"), ("not-section", "section")):
        both = set(st.session_state[chosen])
        _set(left_out, [each for each in st.session_state[left_out] if each not in both])
    dropped += _settle_days(searcher.store.date_range())
    shown = st.session_state.get("k", st.query_params.get("k", ""))
    _set("k", next((count for count in SHOWN if str(count) == str(shown)), SHOWN[0]))
    return dropped


def _settle_days(days: tuple[str, str] | None) -> list[str]:
    dropped: list[str] = []
    for name in DAYS:
        told = st.session_state[name] if name in st.session_state else st.query_params.get(name)
        try:
            day = date.fromisoformat(str(told)) if told else None
        except ValueError:
            day = None
            dropped.append(f"the day “{str(told)[:80]}”")
        if day and days:
            first, last = map(date.fromisoformat, days)
            if (name == "since" and day > last) or (name == "until" and day < first):
                dropped.append(f"{'from' if name == 'since' else 'to'} {day}")
                day = None
            else:
                day = min(max(day, first), last)
        _set(name, day if days else None)
    return dropped


def _set(name: str, value: object) -> None:
    # Only what differs: a widget that is told its own value again forgets a click that came in the meantime.
    if name not in st.session_state or st.session_state[name] != value:
        st.session_state[name] = value


def _chosen() -> Filters:
    chosen = {name: tuple(st.session_state.get(name) or ()) for name in CHOICES}
    return Filters(
        chosen["source"],
        st.session_state.get("since"),
        st.session_state.get("until"),
        st.session_state.get("k", SHOWN[0]),
        chosen["not"],
        chosen["section"],
        chosen["not-section"],
        chosen["language"],
    )


def _draw_choice(label: str, name: str, counts: Sequence[Count], known: Spelled, placeholder: str) -> None:
    """Draw what may be chosen, each with its number of articles; nothing where there is nothing to choose."""
    articles: dict[str, int] = {}
    for count in counts:
        articles.setdefault(known.get(count.name.casefold(), count.name), count.articles)
    options = list(dict.fromkeys([*articles, *st.session_state[name]]))
    if options:
        # Options are shown as plain text, unlike labels: escaping them would show the backslashes.
        st.multiselect(
            label,
            options,
            format_func=lambda each: f"{each} · {articles.get(each, 0):,}",
            placeholder=placeholder,
            select_all=False,
            key=name,
        )


def _draw_days(searcher: Searcher, counts: Counts, filters: Filters) -> None:
    days = searcher.store.date_range()
    if not days:
        return
    first, last = (date.fromisoformat(day) for day in days)
    told = "Articles whose date is unknown are left out once a day is set here."
    if bars := histogram_html(counts.facets.over_time, filters.since, filters.until, counts.noun):
        st.html(bars)
    st.date_input("From", None, first, last, key="since", help=told, format="YYYY-MM-DD")
    st.date_input("To", None, first, last, key="until", help=told, format="YYYY-MM-DD")


def _put_into_address() -> None:
    """Make the address say what the filters are set to; nothing is said of one that is not set."""
    said: dict[str, list[str]] = {name: list(st.session_state.get(name) or ()) for name in CHOICES}
    said |= {name: [str(day)] if (day := st.session_state.get(name)) else [] for name in DAYS}
    said["k"] = [str(st.session_state["k"])] if st.session_state["k"] != SHOWN[0] else []
    for name, values in said.items():
        if st.query_params.get_all(name) != values:
            if values:
                st.query_params[name] = values
            else:
                st.query_params.pop(name, None)


def put_filters(searcher: Searcher, options: Mapping[str, object], k: int) -> None:
    """Set the filters to those that were asked with before, as far as the index still has what they name."""
    for name, option in OPTIONS.items():
        value = options.get(option)
        st.session_state[name] = list(value) if isinstance(value, list | tuple) else [value] if value else []
    for name in ("since", "until"):
        st.session_state[name] = _day_within(options.get(name), searcher.store.date_range())
    st.session_state["k"] = k if k in SHOWN else SHOWN[0]


def _day_within(value: object, days: tuple[str, str] | None) -> date | None:
    """Return the day nearest to the one given that can be chosen, since the widget takes no other."""
    if not value or days is None:
        return None
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    first, last = (date.fromisoformat(each) for each in days)
    return min(max(day, first), last)
