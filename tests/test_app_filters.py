"""The filters of the app, the address that holds them, and older generations, driven without a browser."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from index.build import build
from search.facet_markup import generation_html, histogram_html
from search.facets import over_time
from search.searcher import Searcher
from tests.test_app import APP, ask, press, shown, sound

QUESTION = "what does Russia want from Kim?"


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path, **address: str | list[str]) -> AppTest:
    monkeypatch.setenv("BRIEFINGS_INDEX", str(folder))
    monkeypatch.setattr("sys.argv", ["app.py"])
    page = AppTest.from_file(APP, default_timeout=120)
    for name, value in address.items():
        page.query_params[name.replace("_", "-")] = value
    return sound(page.run())


def passages(page: AppTest) -> str:
    return shown(page).split('id="bf-passages"')[-1]


def address(page: AppTest) -> dict[str, list[str]]:
    """Return what the link that is offered for copying holds."""
    (code,) = page.code
    return parse_qs(code.value.partition("?")[2])


# ---- filters -------------------------------------------------------------------------------------------------


def test_a_source_can_be_left_out_and_the_question_stays(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = ask(opened(monkeypatch, sample_index), QUESTION)
    best = passages(page).split("<bdi>")[1].partition("</bdi>")[0]
    page.multiselect(key="not").set_value([best])
    sound(page.run())
    assert f"<bdi>{best}</bdi>" not in passages(page)
    assert passages(page).count("<article") == 5
    assert page.text_input(key="question").value == QUESTION
    assert address(page) == {"q": [QUESTION], "not": [best], "g": ["1"]}


def test_sections_and_languages_narrow_and_show_their_counts(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    page = opened(monkeypatch, sample_index)
    assert page.multiselect(key="language").options == ["en · 7", "en-gb · 1"]
    assert page.multiselect(key="source").options[0] == "Northern Desk · 6"
    assert "30 articles to read" in shown(page)
    page.multiselect(key="language").set_value(["en-gb"])
    sound(page.run())
    assert "1 article to read" in shown(page)
    assert page.multiselect(key="language").options == ["en · 7", "en-gb · 1"]
    (one,) = [option for option in page.multiselect(key="source").options if option.endswith(" · 1")]
    headings = [option.removesuffix(" · 1") for option in page.multiselect(key="section").options]
    page.multiselect(key="section").set_value(headings[:1])
    ask(page, "who said what?")
    assert passages(page).count("<article") >= 1
    assert passages(page).count(f"<bdi>{one.removesuffix(' · 1')}</bdi>") >= passages(page).count("<article")


def test_the_answer_obeys_the_filters_and_does_not_wait_for_their_counts(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("nothing is counted before the answer is there")

    monkeypatch.setattr("desk.filters.facets", fail)
    monkeypatch.setenv("BRIEFINGS_INDEX", str(sample_index))
    monkeypatch.setattr("sys.argv", ["app.py"])
    page = AppTest.from_file(APP, default_timeout=120)
    page.query_params["q"] = "who wants shells from North Korea, as the counts fail?"
    page.query_params["not"] = "Meridian Briefing"
    page.run()
    assert len(page.exception) == 1
    assert 'id="bf-answer"' in shown(page)
    assert passages(page).count("<article") == 5
    assert "<bdi>Meridian Briefing</bdi>" not in passages(page)


def test_an_address_opens_to_the_same_filters_and_the_same_result(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    page = ask(opened(monkeypatch, sample_index), QUESTION)
    page.multiselect(key="source").set_value(["Northern Desk", "The Harbour Wire"])
    page.date_input(key="since").set_value("2023-02-01")
    page.selectbox(key="k").set_value(10)
    page.multiselect(key="language").set_value(["en"])
    sound(page.run())
    held = address(page)
    assert held == {
        "q": [QUESTION],
        "source": ["Northern Desk", "The Harbour Wire"],
        "since": ["2023-02-01"],
        "k": ["10"],
        "language": ["en"],
        "g": ["1"],
    }
    again = opened(monkeypatch, sample_index, **held)
    assert passages(again) == passages(page)
    assert again.multiselect(key="source").value == ["Northern Desk", "The Harbour Wire"]
    assert address(again) == held


def test_what_an_address_says_that_is_not_there_is_told_and_dropped(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    page = opened(
        monkeypatch,
        sample_index,
        q=QUESTION,
        source=["NORTHERN desk", "<script>x</script> :red[a]", "x" * 5_000],
        **{"not": ["Northern Desk"]},
        not_section=["'); DROP TABLE sections; --"],
        language=["tlh"],
        since="2999-01-01",
        until="yesterday",
        k="10000000",
        view="<b>",
        g="١٢; rm",
    )
    assert page.multiselect(key="source").value == ["Northern Desk"]
    assert page.multiselect(key="not").value == []
    assert [box.value for box in page.date_input] == [None, None]
    assert page.selectbox(key="k").value == 5
    (told,) = page.warning
    assert "Not in this index" in told.value
    assert r"\<script\>" in told.value
    assert "tlh" in told.value
    assert len(told.value) < 2_000
    assert passages(page).count("<article") == 5
    assert address(page) == {"q": [QUESTION], "source": ["Northern Desk"], "g": ["1"]}


def test_filters_can_be_cleared_at_once_and_the_question_stays(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    page = opened(monkeypatch, sample_index, q=QUESTION, source="Lantern Review", since="2023-01-01")
    assert passages(page).count("<bdi>Lantern Review</bdi>") == 5
    sound(press(page, "Clear filters").run())
    assert page.multiselect(key="source").value == []
    assert page.date_input(key="since").value is None
    assert passages(page).count("<bdi>Lantern Review</bdi>") < 5
    assert address(page) == {"q": [QUESTION], "g": ["1"]}
    assert not [button for button in page.button if button.label == "Clear filters"]


@pytest.mark.parametrize("other", ["Judge", "Index"])
def test_filters_are_not_shown_where_they_do_nothing_and_are_kept(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path, other: str
) -> None:
    page = opened(monkeypatch, sample_index, q=QUESTION, since="2023-01-01", k="10")
    page.multiselect(key="source").set_value(["Lantern Review"])
    before = shown(sound(page.run()))
    page.button_group(key="page").set_value(other)
    sound(page.run())
    keys = {element.key for kind in ("multiselect", "date_input", "selectbox") for element in page.get(kind)}
    assert not keys & {"source", "since", "until", "section", "language", "not", "not-section", "k"}
    assert 'class="bf bf-counted"' not in shown(page)
    sound(page.run())
    page.button_group(key="page").set_value("Ask")
    assert shown(sound(page.run())) == before
    assert page.multiselect(key="source").value == ["Lantern Review"]
    assert page.date_input(key="since").value == date(2023, 1, 1)
    assert page.selectbox(key="k").value == 10


def test_a_source_that_a_rebuild_takes_away_is_no_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def note(source: str, day: str) -> None:
        line = {"_id": "a", "title": "A fair", "text": "The fair drew four hundred people to the green."}
        file = tmp_path / "a.jsonl"
        file.write_text(json.dumps({**line, "metadata": {"source": source, "date": day}}), encoding="utf-8")
        build(tmp_path / "index", [file])

    note("Post", "2024-05-01")
    page = opened(monkeypatch, tmp_path / "index", source="Post", since="2024-05-01")
    assert page.multiselect(key="source").value == ["Post"]
    note("Mail", "2020-02-02")
    sound(page.run())
    assert page.multiselect(key="source").options == ["Mail · 1"]
    assert "“Post”" in page.warning[0].value.replace("\\", "")
    assert not [choice for choice in page.multiselect if choice.label in ("Sections", "Language")]  # nothing to choose


# ---- generations ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, sample_index: Path) -> Path:
    """Return an index of two generations: the samples, and one article more."""
    folder = tmp_path_factory.mktemp("grown")
    shutil.copytree(sample_index, folder / "index")
    more = folder / "more.txt"
    more.write_text("The fair\n\nThe Zebra Fair drew four hundred people to the green.", encoding="utf-8")
    build(folder / "index", [more])
    return folder / "index"


def test_a_searcher_opens_a_generation_that_is_kept(grown: Path) -> None:
    with Searcher.open(grown, generation=1) as old, Searcher.open(grown) as new:
        assert (old.store.manifest.articles, new.store.manifest.articles) == (30, 31)


def test_a_link_counts_this_week_from_the_day_it_was_copied(monkeypatch: pytest.MonkeyPatch, grown: Path) -> None:
    question = "what did the court in Seoul decide this week?"
    page = opened(monkeypatch, grown, q=question, on="2024-12-05")
    assert "“this week” is read as 29 November 2024 to 5 December 2024." in shown(page)
    assert page.query_params["on"] in ("2024-12-05", ["2024-12-05"])
    sound(page.run())
    assert "5 December 2024" in shown(page)
    page = ask(page, "what did the court in Seoul decide last week?")  # is asked now
    assert "nothing found is of that time" in shown(page)
    assert page.query_params["on"] in (date.today().isoformat(), [date.today().isoformat()])
    page = ask(page, "who fled Karabakh?")
    assert "on" not in page.query_params
    page = opened(monkeypatch, grown, q=question, on="<b>soon</b>")
    assert "nothing found is of that time" in shown(page)


def test_a_link_opens_the_generation_that_it_names(monkeypatch: pytest.MonkeyPatch, grown: Path) -> None:
    page = opened(monkeypatch, grown, q="how many people did the Zebra Fair draw?", g="1")
    assert "You are looking at generation 1 of" in shown(page)
    assert "the newest is 2." in shown(page)
    assert "30 articles" in shown(page)
    assert "four hundred" not in shown(page)
    assert address(page)["g"] == ["1"]
    sound(press(page, "Show the newest").run())
    assert "You are looking at" not in shown(page)
    assert "four hundred people" in shown(page)
    assert address(page)["g"] == ["2"]


def test_a_link_to_a_generation_that_is_gone_says_so(monkeypatch: pytest.MonkeyPatch, grown: Path) -> None:
    page = opened(monkeypatch, grown, q=QUESTION, g="77")
    assert "generation 77, which is not kept any more. What you see is generation 2" in shown(page)
    assert address(page)["g"] == ["2"]
    assert "Show the newest" not in [button.label for button in page.button]
    sound(press(page, "All right").run())
    assert "not kept any more" not in shown(page)


def test_a_page_that_is_open_takes_what_is_added(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for number in range(1, 3):
        (tmp_path / f"{number}.txt").write_text(f"Fair {number}\n\nFair {number} was held in the rain.", "utf-8")
    build(tmp_path / "index", [tmp_path / "1.txt"])
    page = opened(monkeypatch, tmp_path / "index", q="which fair was held?", g="1")
    build(tmp_path / "index", [tmp_path / "2.txt"])
    assert "2 articles" in shown(sound(page.run()))
    assert address(page)["g"] == ["2"]
    ask(page, "")
    assert "g" not in page.query_params
    old = opened(monkeypatch, tmp_path / "index", g="1")
    assert "1 article ·" in shown(old) or "1 article<" in shown(old)
    sound(press(old, "Show the newest").run())
    assert "You are looking at" not in shown(old)
    assert "2 articles" in shown(old)


# ---- markup --------------------------------------------------------------------------------------------------


def test_bars_have_a_text_alternative() -> None:
    html = histogram_html(over_time(["2024-01-30", "2024-01-31", "2024-01-31", None]), None, None)
    assert 'role="img" aria-label="Articles by day: 30 January 2024: 1; 31 January 2024: 2; 1 of unknown date"' in html
    assert "height:50.0%" in html
    assert html.count("bf-in") == 2
    assert histogram_html(over_time([None]), None, None) == ""
    html = histogram_html(over_time(["2023-01-30", "2024-01-31"]), date(2023, 6, 1), None)
    assert (html.count("bf-out"), html.count("bf-in")) == (5, 8)
    assert "<small>January 2023</small><small>January 2024</small>" in html


def test_a_generation_that_was_rolled_back_to_is_not_called_the_newest(grown: Path) -> None:
    with Searcher.open(grown) as briefings:
        manifest = briefings.store.manifest
    assert "the one in use is 1." in generation_html(manifest, 1)
    assert "the newest is 3." in generation_html(manifest, 3)
