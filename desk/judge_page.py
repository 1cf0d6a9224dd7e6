"""The page of what was judged: counts, files for `briefings evaluate`, taking back, and rankings put to the test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from desk.filters import Filters
from desk.judging import Judged, draw_not_judged, judged_so_far, keep
from desk.opening import Desk
from index.errors import BriefingsError
from index.store import Store
from index.wording import count_of
from search.compare import Comparison, compare_runs
from search.evaluate import Evaluation, Run, evaluate_run
from search.judged import (
    FEW_QUESTIONS,
    RANKINGS,
    Granularity,
    qrels,
    qrels_lines,
    queries,
    queries_lines,
    questions_with_relevant,
    run_judged,
)
from search.judgements import Judgement, judgements_file, taken_back
from search.markup import markdown_label
from search.markup_judging import comparison_table_html, evaluation_html, judged_html, judgement_html, pooling_html
from search.report import Labels, comparison_html
from search.tending_markup import head_html

NOTHING = "Nothing"
MOST_SHOWN = 50  # judgements of a question that can be taken back here
GRANULARITIES: tuple[Granularity, ...] = ("article", "passage")


@dataclass(frozen=True)
class Outcome:
    """What was measured last, of which judgements, rankings and generation."""

    of: tuple[object, ...]
    evaluation: Evaluation
    comparison: Comparison | None = None
    report: str = ""


def draw_judge_page(desk: Desk, _filters: Filters) -> None:
    """Draw what was judged and what it says of the rankings; no filter narrows either."""
    try:
        judged = judged_so_far(desk.folder)
    except BriefingsError as error:
        st.error(markdown_label(str(error)))
        return
    st.html(head_html("What was judged"))
    if judged.kept.damaged:
        lines = ", ".join(map(str, judged.kept.damaged[:5])) + (" and others" if len(judged.kept.damaged) > 5 else "")
        told = f"Left out what is damaged in {judgements_file(desk.folder)}, line {lines}. All other judgements count."
        st.warning(markdown_label(told))
    if not judged.counted:
        st.info(
            "Nothing yet. Ask a question and press Relevant or Not relevant under a passage, or Right or Wrong under"
            " the answer. The keys are 1 to 9, with Shift for not relevant, Y and N."
        )
        return
    st.html(judged_html(judged.counted))
    if not desk.read_only:
        _draw_taking_back(desk, judged)
    granularity = _draw_files(judged)
    _draw_evaluation(desk, judged, granularity)


def _draw_taking_back(desk: Desk, judged: Judged) -> None:
    with st.expander("Take a judgement back"):
        texts = {query.query_id: query.text for query in reversed(queries(judged.counted))}
        # Options are shown as plain text, unlike labels: escaping them would show the backslashes.
        chosen = st.selectbox("Question", list(texts), format_func=lambda each: texts.get(each, ""), key="judged")
        found = [each for each in judged.counted if each.query_id == chosen][-MOST_SHOWN:]
        for number, judgement in enumerate(found):
            article = desk.searcher.store.article(judgement.article_id)
            shown, press = st.columns([4, 1], vertical_alignment="center")
            shown.html(judgement_html(judgement, article.title if article else ""))
            press.button(
                "Remove", key=f"remove-{number}", type="tertiary", on_click=_take_back, args=(desk.folder, judgement)
            )
        draw_not_judged()


def _take_back(folder: Path, judgement: Judgement) -> None:
    keep(folder, taken_back(judgement))


def _draw_files(judged: Judged) -> Granularity:
    st.html(head_html("For briefings evaluate"))
    granularity: Granularity = st.segmented_control(
        "What the qrels judge", GRANULARITIES, key="granularity", required=True, default="article"
    )
    with st.container(horizontal=True):
        lines = "".join(queries_lines(judged.counted))
        st.download_button("Questions", lines, "judged-queries.jsonl", "application/jsonl", on_click="ignore")
        lines = "".join(qrels_lines(judged.counted, granularity))
        st.download_button("Qrels", lines, "judged-qrels.tsv", "text/tab-separated-values", on_click="ignore")
    return granularity


def _draw_evaluation(desk: Desk, judged: Judged, granularity: Granularity) -> None:
    st.html(head_html("How well is it ranked?"))
    counting = questions_with_relevant(qrels(judged.counted))
    if not counting:
        st.info("Mark at least one passage as relevant: a ranking is measured by where it puts what is relevant.")
        return
    if counting < FEW_QUESTIONS:
        st.warning(
            f"Only {count_of(counting, 'judged question')} with something relevant. With fewer than"
            f" {FEW_QUESTIONS}, a test means little: not even a ranking that wins every one could be told from luck."
        )
    st.html(pooling_html())
    left, right = st.columns(2)
    a = left.selectbox("Ranking (A)", list(RANKINGS), key="ranking-a")
    b = right.selectbox("Compare with (B)", [NOTHING, *RANKINGS], key="ranking-b")
    of = (desk.mark, judged.counted, granularity, a, b)
    st.button("Run the evaluation", type="primary", key="evaluate", on_click=_want, args=(of,))
    # Another press breaks a measurement off, and the page that is drawn then begins it again.
    if st.session_state.get("to-measure") == of:
        try:
            st.session_state["outcome"] = _measured(desk, judged, granularity, a, b, of)
        except BriefingsError as error:
            _want(None)
            st.error(markdown_label(str(error)), title="This could not be measured")
            return
        _want(None)
    outcome = st.session_state.get("outcome")
    if outcome and outcome.of == of:
        _draw_outcome(outcome, a, b)


def _want(of: tuple[object, ...] | None) -> None:
    st.session_state["to-measure"] = of


def _draw_outcome(outcome: Outcome, a: str, b: str) -> None:
    if outcome.comparison is None:
        st.html(evaluation_html(a, outcome.evaluation.means, len(outcome.evaluation.by_question)))
        return
    st.html(comparison_table_html(outcome.comparison, a, b))
    st.download_button(
        "Report, as a page that opens offline", outcome.report, "comparison.html", "text/html", on_click="ignore"
    )


def _measured(desk: Desk, judged: Judged, granularity: Granularity, a: str, b: str, of: tuple[object, ...]) -> Outcome:
    """Run the judged questions with one ranking or two, and score them."""
    relevances = qrels(judged.counted, granularity)
    asked = [query for query in queries(judged.counted) if query.query_id in relevances]
    names = [a] if b == NOTHING else [a, b]
    bar = st.progress(0.0, "Asking")
    runs: list[Run] = []
    for number, name in enumerate(names):

        def show(done: int, number: int = number, name: str = name) -> None:
            share = (number + done / len(asked)) / len(names)
            bar.progress(min(share, 1.0), f"{name}: {done:,} of {count_of(len(asked), 'question')}")

        runs.append(run_judged(desk.searcher, RANKINGS[name], asked, granularity, progress=show))
    bar.empty()
    evaluation = evaluate_run(runs[0], relevances)
    if b == NOTHING:
        return Outcome(of, evaluation)
    comparison = compare_runs(runs[0], runs[1], relevances)
    labels = Labels(a, b, str(judgements_file(desk.folder)), {query.query_id: query.text for query in asked})
    return Outcome(of, evaluation, comparison, _report(desk.searcher.store, comparison, labels, granularity))


def _report(store: Store, comparison: Comparison, labels: Labels, granularity: Granularity) -> str:
    """Return the report with the articles that its swings show."""
    shown = {found.article_id for swing in comparison.swings for found in (*swing.results_a, *swing.results_b)}
    ids = {each: each if granularity == "article" else each.rpartition("#")[0] for each in shown}
    articles = {each: article for each, name in ids.items() if (article := store.article(name))}
    return comparison_html(comparison, replace(labels, articles=articles))
