"""The Streamlit front end: ask, read the quoted answer, filter, and look after the index.

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

from desk.asking import draw_asking
from desk.filters import Counting, Filters, draw_filters, draw_shown, near_question, set_filters
from desk.jobs import draw_outcome, draw_running
from desk.judge_page import draw_judge_page
from desk.keeping import draw_user
from desk.locking import admitted
from desk.notebook import draw_notebook, of_notebook
from desk.opening import Desk, index_folder, is_read_only
from desk.permalink import draw_generation, open_wanted
from desk.returning import draw_returning
from desk.states import draw_unbuilt, draw_unopened
from desk.tending import draw_tending
from index.errors import BriefingsError
from index.generations import current_generation
from search.markup import STYLE, masthead_html

# What each page is called, in the switch and in the address, and what draws it. The first is the one that opens.
PAGES: dict[str, Callable[[Desk, Filters], None]] = {
    "Ask": draw_asking,
    "Notebook": draw_notebook,
    "Judge": draw_judge_page,
    "Index": draw_tending,
}
# What is counted beside the filters, on the pages that obey them; the others show none, and the address keeps them.
COUNTED: dict[str, Counting] = {"Ask": near_question, "Notebook": of_notebook}


# Dialogs and popovers are drawn beside what has the theme's colours: the whole document follows it.
THEME = """<script>
if (!window.briefingsTheme) {
  const app = document.querySelector(".stApp");
  const follow = () => { document.documentElement.style.colorScheme = getComputedStyle(app).colorScheme; };
  window.briefingsTheme = new MutationObserver(follow);
  window.briefingsTheme.observe(app, {attributes: true});
  follow();
}
</script>"""


def main() -> None:
    """Draw the page: what there is to read, which part of it is wanted, and that part."""
    st.set_page_config("Briefings", page_icon="🗞️", layout="centered", menu_items={"About": "**Briefings** 0.1"})
    st.html(STYLE)
    st.html(THEME, unsafe_allow_javascript=True)
    if not admitted():
        return
    arguments = sys.argv[1:]
    folder, read_only = index_folder(arguments), is_read_only(arguments)
    try:
        desk = opened(folder, read_only=read_only)
    except BriefingsError as error:
        draw_unopened(folder, error, read_only=read_only)
        return
    if desk:
        draw_briefings(desk)
    else:
        draw_unbuilt(folder, read_only=read_only)


def opened(folder: Path, *, read_only: bool) -> Desk | None:
    """Open the current generation, or an older one that the address names; return None where there is no index yet."""
    generation = current_generation(folder)
    return None if generation is None else open_wanted(folder, generation, read_only=read_only)


def draw_briefings(desk: Desk) -> None:
    """Draw the head of every page, what goes on in the background, and the page that is wanted."""
    store = desk.searcher.store
    sources = sum(1 for found in store.sources() if found.source)
    st.html(masthead_html(store.manifest.articles, sources, store.date_range()))
    draw_generation(desk)
    page = chosen_page()
    filters, dropped = set_filters(desk) if page in COUNTED else (Filters(), [])
    with st.sidebar:
        counted = st.container()
        if page == "Ask":
            draw_shown()
        draw_user(desk)
        returning = st.container()
    draw_running(desk.folder)
    draw_outcome(desk.folder, everybody=page == "Index")
    PAGES[page](desk, filters)
    # The answer obeys the filters and does not wait for their counts, nor for what is new in the saved searches.
    if page in COUNTED:
        with counted:
            draw_filters(desk, filters, dropped, COUNTED[page])
    with returning:
        draw_returning(desk)


def chosen_page() -> str:
    """Draw the switch between the pages and return the one that is open, which the address holds too."""
    first = next(iter(PAGES))
    if st.session_state.get("page") not in PAGES:
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
