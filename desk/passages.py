"""The passages that were found, best first, with the quoted sentences marked."""

from __future__ import annotations

import streamlit as st

from search.markup import passage_html, passages_head_html, passages_note_html
from search.results import Answer


def draw_passages(answer: Answer) -> None:
    """Draw the passages of an answer or of a refusal."""
    if not answer.hits:
        return
    st.html(passages_head_html(answer))
    for hit in answer.hits:
        st.html(passage_html(answer, hit))
    st.html(passages_note_html())
