"""The passages that were found, best first, with the quoted sentences marked, and the article of each."""

from __future__ import annotations

import streamlit as st

from desk.judging import draw_judging_passage
from desk.keeping import draw_clip
from desk.opening import Desk
from search.excerpts import passage_excerpt
from search.passage_markup import article_html, passage_html, passages_head_html, passages_note_html
from search.reading import matched_words
from search.results import Answer, Hit

# A dialog opens at its top; what was asked for stands further down.
AT_THE_PASSAGE = """<script>
document.getElementById("bf-opened")?.scrollIntoView({block: "center"});
</script>"""


def draw_passages(desk: Desk, answer: Answer) -> None:
    """Draw the passages of an answer or of a refusal."""
    if not answer.hits:
        return
    st.html(passages_head_html(answer))
    for hit in answer.hits:
        words = matched_words(answer.question, hit.passage.text, desk.searcher.store.lexical)
        st.html(passage_html(answer, hit, words))
        draw_judging_passage(desk, answer.question, hit)
        with st.container(horizontal=True, key=f"on-passage-{hit.rank}"):
            if st.button("Read the article", key=f"read-{hit.rank}", type="tertiary"):
                draw_article(answer, hit)
            what = f"passage {hit.rank}"
            draw_clip(desk, passage_excerpt(hit), question=answer.question, what=what, key=f"passage-{hit.rank}")
    st.html(passages_note_html())


@st.dialog("The whole article", width="large")
def draw_article(answer: Answer, hit: Hit) -> None:
    """Draw a whole article at the passage that was opened, with everything marked that the answer quotes of it."""
    article = hit.passage.article
    quotes = [each for each in answer.citations if each.hit.passage.article.article_id == article.article_id]
    st.html(article_html(article, quotes, (hit.passage.start, hit.passage.end)))
    st.html(AT_THE_PASSAGE, unsafe_allow_javascript=True)
