"""Asking: the question box, the answer with its quotes, and the passages or the timeline below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import streamlit as st

from desk.exporting import FollowedUp, answer_parts, draw_export, provenance
from desk.filters import Filters
from desk.judging import draw_judging_answer
from desk.keeping import draw_clip
from desk.opening import MOST_QUESTION_CHARACTERS, Desk, example_questions
from desk.passages import draw_passages
from desk.permalink import day_of_asking, draw_link, forget_result
from desk.returning import Asked, draw_opened, draw_save, remember
from index.errors import BriefingsError
from search.excerpts import cited_excerpt
from search.followup import Turn, complete
from search.markup import answer_html, followed_html, markdown_label, respelled_html, searched_html, timeline_html
from search.narrowing import Searched, searched_in
from search.results import Answer
from search.searcher import Options, Searcher
from search.spelling import as_respelled, respelled
from search.timeline import Entry

PASSAGES, TIMELINE = "Passages", "Timeline"  # what is shown below the answer
TIMELINE_HITS = 10  # passages whose sentences are ordered, at the least


# A press of "/" anywhere outside of a box goes to the question.
SLASH = """<script>
if (!window.briefingsSlash) {
  window.briefingsSlash = true;
  document.addEventListener("keydown", event => {
    const busy = event.target.closest("input, textarea, select, [contenteditable=true]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || busy) return;
    const box = document.querySelector('.st-key-question input');
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  });
}
</script>"""


def draw_asking(desk: Desk, filters: Filters) -> None:
    """Draw the question box and, where something is asked, what the briefings say."""
    st.html(SLASH, unsafe_allow_javascript=True)
    question = draw_question(example_questions(str(desk.folder.resolve()), desk.mark))
    if question:
        draw_answer(desk, question, filters)
    else:
        forget_result()


def draw_question(examples: Sequence[str]) -> str:
    """Draw the question box and the examples; return the question, which the address of the page holds too."""
    if "question" not in st.session_state:
        st.session_state["question"] = st.query_params.get("q", "")
    with st.form("ask", border=False):
        box, press = st.columns([5, 1], vertical_alignment="bottom")
        typed = box.text_input("Your question", key="question", placeholder="Who, what, when, where, why?")
        asked = press.form_submit_button("Ask", type="primary", width="stretch", key="press")
    question = " ".join((typed or "").split())
    if not question and examples:
        st.html('<p class="bf bf-try">Or try one of these</p>')
        with st.container(horizontal=True):
            for number, example in enumerate(examples):
                st.button(markdown_label(example), key=f"example-{number}", on_click=put_question, args=(example,))
    if asked and not question:
        st.warning("Type a question first, in your own words.")
    if len(question) > MOST_QUESTION_CHARACTERS:
        st.error(
            f"The question has {len(question):,} characters, and up to {MOST_QUESTION_CHARACTERS:,} are read:"
            " shorten it to what you want to know."
        )
        return ""
    if question:
        st.query_params["q"] = question
    else:
        st.query_params.pop("q", None)
    return question


def put_question(question: str) -> None:
    """Put a question into the box."""
    st.session_state["question"] = question


def draw_answer(desk: Desk, question: str, filters: Filters) -> None:
    """Ask, and draw the answer or the refusal, a box to ask on, and the passages or the timeline below."""
    searcher = desk.searcher
    if "view" not in st.session_state:
        st.session_state["view"] = TIMELINE if st.query_params.get("view") == TIMELINE.lower() else PASSAGES
    try:
        folder, view = str(desk.folder.resolve()), st.session_state["view"]
        answer, entries = answered(folder, desk.mark, question, day_of_asking(), filters, view, searcher)
    except BriefingsError as error:
        st.error(markdown_label(str(error)))
        return
    followed = _followed(question)
    if followed:
        st.html(followed_html(followed.typed, followed.searched_for))
    draw_opened(desk, question)
    st.html(answer_html(answer, _searched(desk, answer, filters)))
    draw_respelled(searcher, question)
    draw_judging_answer(desk, answer)
    draw_tools(desk, answer, filters, followed)
    remember(Asked(question, filters, answer.answered))
    draw_follow_up(searcher, answer)
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    if answer.answered:
        row.segmented_control("Below the answer", (PASSAGES, TIMELINE), key="view", label_visibility="collapsed")
    if st.session_state["view"] == TIMELINE:
        st.query_params["view"] = TIMELINE.lower()
    else:
        st.query_params.pop("view", None)
    draw_link(searcher, row, answer.period)
    if entries:
        st.html(timeline_html(entries))
    draw_passages(desk, answer)  # below a timeline, too: the numbers of the quotes lead there


@st.cache_resource(max_entries=32, show_spinner=False)
def answered(
    folder: str, mark: str, question: str, asked_on: date, filters: Filters, view: str, _searcher: Searcher
) -> tuple[Answer, list[Entry]]:
    """Ask once for all times that a page is drawn anew, as each press of a button below the answer does.

    What is returned is shared, and only read. Raises as `Searcher.ask` does.
    """
    options: Options = {**filters.options, "asked_on": asked_on}
    if view == TIMELINE:
        hits = max(filters.k, TIMELINE_HITS)
        answer, entries = _searcher.timeline(question, k=hits, **options)
        return replace(answer, hits=answer.hits[: filters.k]), entries
    return _searcher.ask(question, k=filters.k, **options), []


def _followed(question: str) -> FollowedUp | None:
    """Return how a question came about, where it is one that was completed from another and not changed since."""
    followed: FollowedUp | None = st.session_state.get("followed")
    return followed if followed and followed.searched_for == question != followed.typed else None


def _searched(desk: Desk, answer: Answer, filters: Filters) -> str:
    """Return, for a refusal, what was searched for it."""
    if answer.answered:
        return ""
    found = searched(str(desk.folder.resolve()), desk.mark, filters, desk.searcher)
    narrowed = provenance(desk, filters).filters
    names = desk.searcher.named_states(answer.question)
    return searched_html(found, "" if narrowed == "none" else narrowed, names)


@st.cache_data(max_entries=64, show_spinner=False)
def searched(folder: str, mark: str, filters: Filters, _searcher: Searcher) -> Searched:
    """Count once what a question is looked for in. Raises as `Searcher.ask` does."""
    return searched_in(_searcher.store, **filters.narrowing)


def draw_respelled(searcher: Searcher, question: str) -> None:
    """Say which words no briefing has where a name in them is spelled nearly so, and offer to ask with that."""
    words = respelled(searcher.store, searcher.names, question)
    if words:
        other = as_respelled(question, words)
        with st.container(gap="xxsmall"):
            st.html(respelled_html([(word.written, word.name) for word in words]))
            st.button(markdown_label(other), key="respelled", on_click=put_question, args=(other,))


def draw_tools(desk: Desk, answer: Answer, filters: Filters, followed: FollowedUp | None) -> None:
    """Draw what can be done with an answer: clip its quotes, export it, save the search."""
    with st.container(horizontal=True, gap="medium", key="tools"):
        for citation in answer.citations:
            what = f"quote {citation.marker}"
            draw_clip(
                desk, cited_excerpt(citation), question=answer.question, what=what, key=f"quote-{citation.marker}"
            )
        draw_export("Export", answer_parts(desk, answer, filters, followed), key="export")
        draw_save(desk, answer.question, filters)


def draw_follow_up(searcher: Searcher, answer: Answer) -> None:
    """Draw the box for a question that goes on from this one."""
    with st.form("follow", clear_on_submit=True, border=False):
        box, press = st.columns([5, 1], vertical_alignment="bottom")
        box.text_input(
            "Ask on from here",
            key="follow-up",
            max_chars=MOST_QUESTION_CHARACTERS,
            placeholder="and when was that?",
            label_visibility="collapsed",
        )
        turn = Turn(answer.question, answer.text)
        press.form_submit_button("Ask on", width="stretch", key="press-on", on_click=ask_on, args=(searcher, turn))


def ask_on(searcher: Searcher, turn: Turn) -> None:
    """Put the follow-up, completed from the question before it, into the question box, where it can be changed."""
    typed = " ".join(st.session_state["follow-up"].split())
    if typed:
        whole = complete(typed, turn, searcher.names, most_characters=MOST_QUESTION_CHARACTERS)
        st.session_state["followed"] = FollowedUp(turn.question, typed, whole)
        put_question(whole)
