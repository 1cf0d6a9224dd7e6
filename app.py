"""The Streamlit front end: ask, read the quoted answer, filter, and add articles.

`briefings app` runs `streamlit run app.py -- --index DIR`; the environment variable BRIEFINGS_INDEX names the
folder too. The pages stand in `desk`: widgets and caching only. What is shown comes from `search` and `index`, as
markup that `search.markup` has escaped. The text of an article never reaches a widget that reads Markdown unless
`markdown_label` escaped it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from desk.adding import add_kept, draw_adding
from desk.asking import draw_asking
from desk.filters import Filters, draw_filters
from desk.judge_page import draw_judge_page
from desk.judging import draw_user
from desk.notebook import draw_notebook
from desk.opening import Desk, generation_mark, index_folder, open_searcher, uploads_folder
from desk.returning import draw_returning
from index.errors import BriefingsError
from index.generations import current_generation
from search.markup import STYLE, about_html, markdown_label, masthead_html, problems_html, welcome_html

# What each page is called, in the control and in the address, and what draws it. The first is the one that opens.
PAGES: dict[str, Callable[[Desk, Filters], None]] = {
    "Ask": draw_asking,
    "Notebook": draw_notebook,
    "Judge": draw_judge_page,
}


def main() -> None:
    """Draw the page: what there is to read, the question, its answer, and a way to add articles."""
    st.set_page_config("Briefings", page_icon="🗞️", layout="centered", menu_items={"About": "**Briefings** 0.1"})
    st.html(STYLE)
    folder = index_folder(sys.argv[1:])
    try:
        desk = opened(folder)
    except BriefingsError as error:
        st.html(masthead_html(0, 0, None))
        st.error(markdown_label(str(error)), title="The index cannot be opened")
        return
    progress = draw_briefings(desk) if desk else draw_welcome(folder)
    if "adding" in st.session_state:
        add_kept(folder, progress)


def opened(folder: Path) -> Desk | None:
    """Open the current generation, or return None where there is no index yet."""
    generation = current_generation(folder)
    if generation is None:
        return None
    mark = generation_mark(generation)
    return Desk(folder, mark, open_searcher(str(folder.resolve()), mark))


def draw_welcome(folder: Path) -> st.delta_generator.DeltaGenerator:
    """Draw the page for a folder without an index; return where the progress of adding goes."""
    st.html(masthead_html(0, 0, None))
    st.html(welcome_html(folder, uploads_folder(folder)))
    return draw_adding(folder)


def draw_briefings(desk: Desk) -> st.delta_generator.DeltaGenerator:
    """Draw the page for an index; return where the progress of adding goes."""
    store = desk.searcher.store
    with st.sidebar:
        filters = draw_filters(desk.searcher)
        draw_user(desk)
        returning = st.container()
        with st.expander("Add articles", expanded="added" in st.session_state or "adding" in st.session_state):
            progress = draw_adding(desk.folder)
        with st.expander("About this index"):
            st.html(about_html(store.manifest, desk.folder))
            if problems := store.problems():
                st.html(problems_html(problems))
    sources = sum(1 for found in store.sources() if found.source)
    st.html(masthead_html(store.manifest.articles, sources, store.date_range()))
    PAGES[chosen_page()](desk, filters)
    with returning:  # last, since it tells of the question that was just asked, and nobody waits for what is new
        draw_returning(desk)
    return progress


def chosen_page() -> str:
    """Draw the switch between the pages and return the one that is open, which the address holds too."""
    first = next(iter(PAGES))
    if "page" not in st.session_state:
        named = {label.lower(): label for label in PAGES}
        st.session_state["page"] = named.get(st.query_params.get("page", "").lower(), first)
    page: str = st.segmented_control("Page", list(PAGES), key="page", required=True, label_visibility="collapsed")
    if page == first:
        st.query_params.pop("page", None)
    else:
        st.query_params["page"] = page.lower()
    return page


if __name__ == "__main__":
    main()
