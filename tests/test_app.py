"""The app as a person uses it, driven without a browser, over a real index."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import pytest
from conftest import Row
from streamlit.testing.v1 import AppTest

from app import THEME
from desk import adding, jobs, opening, uploads
from desk.asking import SLASH
from index.build import BuildReport, Progress, build
from index.embed import Encoded, OnnxEncoder, Role
from search.results import Answer
from search.searcher import Options, Searcher

APP = str(Path(__file__).resolve().parents[1] / "app.py")


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path, **address: str) -> AppTest:
    monkeypatch.setenv("BRIEFINGS_INDEX", str(folder))
    monkeypatch.setattr("sys.argv", ["app.py"])
    page = AppTest.from_file(APP, default_timeout=60)
    for name, value in address.items():
        page.query_params[name] = value
    return sound(page.run())


def sound(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def shown(page: AppTest) -> str:
    return "\n".join(element.value for element in page.html)


def ask(page: AppTest, question: str) -> AppTest:
    page.text_input(key="question").set_value(question)
    return sound(press(page, "Ask").run())


def press(page: AppTest, label: str) -> AppTest:
    (button,) = [button for button in page.button if button.label == label]
    button.click()
    return page


def finished(page: AppTest, folder: Path) -> AppTest:
    """Wait for the work in the background, and look again."""
    job = jobs.JOBS.latest(folder)
    assert job is not None
    assert job.ended.wait(60)
    return sound(page.run())


def show_page(page: AppTest, name: str) -> AppTest:
    page.button_group(key="page").set_value(name)
    return sound(page.run())


# ---- asking --------------------------------------------------------------------------------------------------


def test_a_question_gets_quotes_with_citations(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = ask(opened(monkeypatch, sample_index), "what does Turkey want from Sweden?")
    html = shown(page)
    assert "What the briefings say" in html
    assert 'href="#passage-1"' in html
    assert "stop sheltering members of the Kurdistan Workers&#x27; Party" in html.split('id="bf-passages"')[0]
    assert '<mark id="quote-1">' in html
    assert "Continental Dispatch" in html
    assert "11 July 2023" in html
    assert html.count('<article class="bf bf-passage" id="passage-') == 5
    assert page.query_params["q"] in ("what does Turkey want from Sweden?", ["what does Turkey want from Sweden?"])


def test_a_press_below_an_answer_asks_nothing_anew(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    asked: list[tuple[str, int]] = []
    ask_it = Searcher.ask

    def counting(self: Searcher, question: str, *, k: int, **options: Unpack[Options]) -> Answer:
        asked.append((question, k))
        return ask_it(self, question, k=k, **options)

    monkeypatch.setattr(Searcher, "ask", counting)
    page = ask(opened(monkeypatch, sample_index), "why did ships stop at Port Sudan?")
    before = shown(page)
    sound(page.button(key="read-1").click().run())
    assert shown(sound(page.run())) == before
    page.selectbox(key="k").set_value(10)
    sound(page.run())
    assert asked == [("why did ships stop at Port Sudan?", 5), ("why did ships stop at Port Sudan?", 10)]


def test_a_question_is_embedded_once_for_the_counts_and_the_answer(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    read: list[str] = []
    embed = OnnxEncoder.encode

    def counting(self: OnnxEncoder, texts: Sequence[str], *, role: Role) -> list[Encoded]:
        read.extend(texts)
        return embed(self, texts, role=role)

    monkeypatch.setattr(OnnxEncoder, "encode", counting)
    page = ask(opened(monkeypatch, sample_index), "who was sent to free the tanker?")
    page.multiselect(key="source").set_value(["Northern Desk"])
    sound(page.run())
    assert read == ["who was sent to free the tanker?"]


def test_the_page_says_what_there_is_to_read(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    html = shown(opened(monkeypatch, sample_index))
    assert "30 articles · 6 sources · 17 January 2022 to 4 December 2024" in html
    assert "bf-answer" not in html.rpartition("</style>")[2]


def test_the_address_can_hold_the_question(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = opened(monkeypatch, sample_index, q="what does Russia want from Kim?")
    assert page.text_input(key="question").value == "what does Russia want from Kim?"
    assert "What the briefings say" in shown(page)


def test_an_example_is_asked_by_pressing_it(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = opened(monkeypatch, sample_index)
    examples = [button for button in page.button if button.key and button.key.startswith("example-")]
    assert len(examples) == 4
    sound(examples[0].click().run())
    assert page.text_input(key="question").value == "What does Russia want from Kim?"
    assert "What the briefings say" in shown(page)


def test_a_follow_up_is_completed_and_shown_where_it_can_be_changed(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    page = ask(opened(monkeypatch, sample_index), "what does Russia want from Kim?")
    page.text_input(key="follow-up").set_value("and what does Kim get?")
    sound(press(page, "Ask on").run())
    assert page.text_input(key="question").value == "and what does Kim get from Russia?"
    assert "You asked “and what does Kim get?”. Searched for: <b>and what does Kim get from Russia?</b>" in shown(page)
    ask(page, "who fled Karabakh?")
    assert "You asked" not in shown(page)


def test_reports_that_differ_are_set_beside_one_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, index_of: Callable[[Path, list[Row]], Path]
) -> None:
    told = "The Kareth bridge was opened by {} on the last evening of the fair, and ships may pass below it again."
    rows = [(who, f"Post {who}", "2023-09-15", told.format(f"Anna {who}")) for who in ("Ruff", "Kohl")]
    page = ask(opened(monkeypatch, index_of(tmp_path, rows)), "who opened the Kareth bridge?")
    html = shown(page)
    differing = html[html.index("Reports differ") : html.index('id="bf-passages"')]
    for who in ("Ruff", "Kohl"):
        assert f"<b>Anna {who}</b>" in differing
        assert f"Post {who}" in differing


def test_the_answer_can_be_seen_in_the_order_it_happened(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = ask(opened(monkeypatch, sample_index), "who fled Karabakh?")
    page.button_group(key="view").set_value("Timeline")
    html = shown(sound(page.run()))
    assert "In the order it happened" in html
    assert html.index("19 September 2023</p>") < html.index("20 September 2023</p>")
    assert "first reported by <bdi>Crossroads Daily</bdi>" in html
    assert page.query_params["view"] in ("timeline", ["timeline"])
    # The numbers of the quotes lead to passages here, too, and as many are shown as without a timeline.
    assert html.count('<article class="bf bf-passage" id="passage-') == 5
    assert html.index("In the order it happened") < html.index('id="passage-1"')
    page.multiselect(key="source").set_value(["Crossroads Daily"])
    html = shown(sound(page.run()))
    order = html[html.index("In the order it happened") : html.index('id="passage-1"')]
    assert order.count("first reported by") == order.count("first reported by <bdi>Crossroads Daily</bdi>") > 0
    page.multiselect(key="source").set_value([])
    sound(page.run())
    assert "In the order it happened" in shown(
        opened(monkeypatch, sample_index, q="who fled Karabakh?", view="timeline")
    )
    assert "The nearest passages" in shown(ask(page, "Who won the 2022 World Cup?"))


def test_a_whole_article_can_be_read_at_the_passage(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = ask(opened(monkeypatch, sample_index), "what does Russia want from Kim?")
    html = shown(sound(page.button(key="read-1").click().run()))
    article = html[html.index("bf-article") :]
    assert "What Kim would like in return</a></li>" in article
    assert article.count("<mark ") == 2
    assert article.index("At the Vostochny Cosmodrome") < article.index('id="bf-opened"') < article.index("<mark ")


def test_a_refusal_says_what_was_searched(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    html = shown(ask(opened(monkeypatch, sample_index), "Who won the 2022 World Cup in Moscow?"))
    assert "Searched: 30 articles · 6 sources · 17 January 2022 to 4 December 2024" in html
    assert "“Moscow” was searched for under the other names of Russia, too." in html


def test_a_refusal_says_what_was_left_to_search_by_the_filters(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    page = opened(monkeypatch, sample_index, source="Northern Desk", since="2023-01-01")
    html = shown(ask(page, "Who won the 2022 World Cup?"))
    with Searcher.open(sample_index) as searcher:
        rows = [row for row in searcher.store.article_rows() if row.source == "Northern Desk"]
    left = [row for row in rows if (row.published or "") >= "2023-01-01"]
    assert 1 < len(left) < len(rows)
    assert f"Searched: {len(left)} articles · 1 source · " in html
    assert "Narrowed to: since 2023-01-01, source Northern Desk</p>" in html
    assert "Searched: 30 articles" not in html


def test_a_name_is_offered_as_the_briefings_spell_it(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = ask(opened(monkeypatch, sample_index), "what does Putn want?")
    assert "These briefings do not say." in shown(page)
    assert "No briefing has “Putn”; they write <b>Putin</b>." in shown(page)
    sound(page.button(key="respelled").click().run())
    assert page.text_input(key="question").value == "what does Putin want?"
    assert "No briefing has" not in shown(page)


def test_what_no_briefing_says_is_refused_with_the_nearest_passages(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path
) -> None:
    html = shown(ask(opened(monkeypatch, sample_index), "how do I bake sourdough bread?"))
    assert "These briefings do not say." in html
    assert "The nearest passages" in html
    assert html.count('<article class="bf bf-passage" id="passage-') == 5
    assert "<mark" not in html


@pytest.mark.parametrize("question", ["", "   "])
def test_an_empty_question_is_met_with_a_word(
    monkeypatch: pytest.MonkeyPatch, sample_index: Path, question: str
) -> None:
    page = ask(opened(monkeypatch, sample_index), question)
    assert [warning.value for warning in page.warning] == ["Type a question first, in your own words."]
    assert "<article" not in shown(page)


def test_a_question_that_is_too_long_is_met_with_a_word(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = ask(opened(monkeypatch, sample_index), "a" * 1_001)
    (error,) = page.error
    assert "1,001 characters" in error.value
    assert "q" not in page.query_params
    assert "<article" not in shown(page)
    assert "<article" in shown(ask(page, "why " * 249 + "war?"))


# ---- filters -------------------------------------------------------------------------------------------------


def test_a_source_filter_leaves_other_sources_out(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = ask(opened(monkeypatch, sample_index), "what does Russia want from Kim?")
    html = shown(page.multiselect(key="source").set_value(["Northern Desk"]).run())
    passages = html.split('id="bf-passages"')[-1]
    assert passages.count("<article") == 5
    assert passages.count("<bdi>Northern Desk</bdi>") == 5


def test_days_can_be_bounded(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = ask(opened(monkeypatch, sample_index), "what does Russia want from Kim?")
    assert page.date_input(key="since").min.isoformat() == "2022-01-17"
    page.date_input(key="since").set_value("2024-01-01")
    page.date_input(key="until").set_value("2024-12-04")
    html = shown(sound(page.run()))
    days = [part[:10] for part in html.split('datetime="')[1:]]
    assert len(days) >= 5
    assert min(days) >= "2024-01-01"
    page.date_input(key="until").set_value("2023-12-31")
    sound(page.run())
    (error,) = page.error
    assert "is after until" in error.value


def test_more_passages_can_be_shown(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    page = ask(opened(monkeypatch, sample_index), "what does Russia want from Kim?")
    assert shown(page.selectbox(key="k").set_value(15).run()).count("<article") == 15


# ---- without an index, and with a broken one -----------------------------------------------------------------


def test_without_an_index_the_page_says_how_to_begin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = opened(monkeypatch, tmp_path / "none")
    assert f"briefings index PATH... --index {tmp_path / 'none'}" in shown(page)
    assert len(page.file_uploader) == 1
    assert not page.text_input
    assert not (tmp_path / "none").exists()


def test_a_damaged_index_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sample_index: Path
) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(sample_index, folder)
    (vectors,) = folder.glob("generations/*/vectors.faiss")
    vectors.unlink()
    page = opened(monkeypatch, folder)
    (error,) = page.error
    assert "missing or damaged" in error.value
    assert "index the articles again" in error.value
    assert not page.text_input


# ---- hostile articles ----------------------------------------------------------------------------------------


def test_hostile_words_reach_the_page_escaped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    line = {
        "_id": "h",
        "title": "Did <b>zebras</b> $cost$ [x](javascript:alert(1))?",
        "text": "The zebra bridge cost <script>alert(1)</script> $5bn and later $7bn, said the treasurer on Monday.",
        "metadata": {"source": ":red[Wire] <i>Post</i>", "url": "https://evil.example/'\"><script>alert(2)</script>"},
    }
    (tmp_path / "h.jsonl").write_text(json.dumps(line), encoding="utf-8")
    build(tmp_path / "index", [tmp_path / "h.jsonl"])
    page = opened(monkeypatch, tmp_path / "index")
    (example,) = [button for button in page.button if button.key and button.key.startswith("example-")]
    assert example.label.startswith(r"Did \<b\>zebras\<\/b\> \$cost\$ \[x\]\(javascript\:")
    html = shown(ask(page, "how much did the zebra bridge cost?"))
    assert "cost &lt;script&gt;alert(1)&lt;/script&gt; $5bn and later $7bn" in html
    assert "Did &lt;b&gt;zebras&lt;/b&gt; $cost$ [x](javascript:alert(1))?" in html
    assert "<bdi>:red[Wire] &lt;i&gt;Post&lt;/i&gt;</bdi>" in html
    assert "<script" not in html.replace(SLASH, "").replace(THEME, "")
    assert all("zebra" not in element.value.lower() for element in page.markdown)


# ---- adding articles -----------------------------------------------------------------------------------------


def test_added_files_are_kept_beside_the_index_and_found_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "news"
    page = opened(monkeypatch, folder)
    first = ("../../bridge.txt", b"The bridge opens\n\nThe mayor opened the bridge. It took seven years.", "text/plain")
    page.file_uploader[0].set_value([first, ("empty.txt", b"", "text/plain")])
    finished(press(sound(page.run()), "Add 2 files to the index").run(), folder)
    assert sorted(path.name for path in (tmp_path / "news-uploads").iterdir()) == ["bridge.txt", "empty.txt"]
    (done,) = page.success
    assert done.value == "1 added\\. The index holds 1 article\\."
    assert "empty.txt" in shown(page)
    assert "seven years" in shown(ask(page, "how long did the bridge take?"))


def test_files_that_hold_nothing_are_told_and_leave_no_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = opened(monkeypatch, tmp_path / "news")
    page.file_uploader[0].set_value([("empty.md", b"", "text/markdown")])
    assert "Cannot be read: " in shown(sound(page.run()))
    finished(press(page, "Add to the index").run(), tmp_path / "news")
    (error,) = page.error
    assert "nothing to index" in error.value
    assert "bf-welcome" in shown(page)


def test_an_index_that_is_rebuilt_elsewhere_is_picked_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("A storm\n\nA storm broke the old mill on Sunday.", encoding="utf-8")
    build(tmp_path / "index", [note])
    page = opened(monkeypatch, tmp_path / "index")
    assert "1 article" in shown(page)
    more = tmp_path / "more.txt"
    more.write_text("A fair\n\nThe fair drew four hundred people to the green.", encoding="utf-8")
    build(tmp_path / "index", [more])
    assert "2 articles" in shown(sound(page.run()))
    assert "four hundred people" in shown(ask(page, "how many people did the fair draw?"))


@dataclass(frozen=True)
class Sent:
    """A file as a browser might send it."""

    name: str
    content: bytes = b"x"
    claimed: int | None = None

    @property
    def size(self) -> int:
        return len(self.content) if self.claimed is None else self.claimed

    def getvalue(self) -> bytes:
        return self.content


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("note.md", "note.md"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\note.TXT", "note.txt"),
        ("/abs/olute.html", "olute.html"),
        (".hidden.md", "hidden.md"),
        ("a\x00b\nc<script>.md", "a-b-c-script-.md"),
        ("Ünïcode 新闻.md", "Ünïcode-新闻.md"),
        ("...", "article"),
        (".md", "article.md"),
    ],
)
def test_a_name_is_reduced_to_its_last_part(name: str, kept: str) -> None:
    assert uploads.safe_name(name) == kept


def test_a_long_name_is_cut_to_what_a_file_system_takes(tmp_path: Path) -> None:
    name = uploads.safe_name("新" * 500 + ".md")
    assert name.endswith(".md")
    (tmp_path / name).write_text("x", encoding="utf-8")


def test_uploads_never_leave_their_folder_nor_write_over_anything(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_bytes(b"safe")
    folder = tmp_path / "up"
    folder.mkdir()
    (folder / "link.md").symlink_to(outside)
    sent = [Sent("../outside.md", b"one"), Sent("link.md", b"two"), Sent("a.md", b"one"), Sent("a.md", b"two")]
    sent.append(Sent("a.md", b"one"))
    assert uploads.keep_uploads(sent, folder) == []
    assert outside.read_bytes() == b"safe"
    names = {path.name: path.read_bytes() for path in folder.iterdir() if not path.is_symlink()}
    assert names == {"outside.md": b"one", "link-2.md": b"two", "a.md": b"one", "a-2.md": b"two"}


def test_uploads_are_bounded_in_kind_size_and_number(tmp_path: Path) -> None:
    sent = [Sent("virus.exe"), Sent("big.md", claimed=20_000_001), Sent("noend")]
    refused = dict(uploads.keep_uploads(sent, tmp_path))
    assert "kind that is not read" in refused["virus.exe"]
    assert "larger than 20 MB" in refused["big.md"]
    assert "noend" in refused
    assert list(tmp_path.iterdir()) == []
    many = uploads.keep_uploads((Sent(f"{number}.md") for number in range(202)), tmp_path)
    assert [name for name, _ in many] == ["200.md", "201.md"]
    assert len(list(tmp_path.iterdir())) == 200


# ---- small words ---------------------------------------------------------------------------------------------


def test_time_left_is_told_once_it_can_be_known() -> None:
    now = iter([0.0, 1.0, 10.0, 100.0, 100.0])
    left = jobs.TimeLeft(lambda: next(now))
    assert left.words(Progress("embedding", 0, 100)) == ""
    assert left.words(Progress("embedding", 50, 100)) == ""
    assert left.words(Progress("embedding", 50, 100)) == ", about 10 s left"
    assert left.words(Progress("embedding", 25, 100)) == ", about 5 min left"
    assert left.words(Progress("writing", 1, 2)) == ""


def test_progress_and_reports_are_told_in_words() -> None:
    assert jobs.told_progress(Progress("embedding", 1_000, 2_000), ", about 9 s left") == (
        "Working out the meaning of 1,000 of 2,000 passages, about 9 s left"
    )
    assert jobs.told_progress(Progress("reading", 1, 9, articles=1_234), "") == "Reading: 1,234 articles"
    report = BuildReport(3, 0, 0, 0, 0, 0, 9, 4, 9, ())
    assert adding.told_report(report) == "Nothing added. The index holds 4 articles."


def test_the_folder_comes_from_the_command_line_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIEFINGS_INDEX", raising=False)
    assert opening.index_folder([]) == Path("briefings-index")
    assert opening.index_folder(["--index", "a", "--unknown"]) == Path("a")
    monkeypatch.setenv("BRIEFINGS_INDEX", "b")
    assert opening.index_folder([]) == Path("b")
    assert opening.index_folder(["--index=a"]) == Path("a")
    assert opening.uploads_folder(Path("a")) == Path(os.getcwd()) / "a-uploads"  # noqa: PTH109
