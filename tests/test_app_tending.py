"""The app's page that looks after an index, what an app that only shows leaves out, and the states of an index."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from desk import adding, jobs, locking, opening, tending, uploads
from index.build import build
from index.errors import IndexFolderError
from index.generations import current_generation, write_lock
from index.history import kept
from index.holder import writer_of
from index.progress import Progress
from index.store import Store
from search.cli import main
from tests.test_app import APP, Sent, ask, finished, opened, press, show_page, shown, sound

NOTES = {
    "storm.txt": "A storm at the mill\n\nA storm broke the old mill on Sunday.",
    "fair.txt": "A fair on the green\n\nThe fair drew four hundred people to the green.",
    "ferry.txt": "The ferry is late\n\nThe ferry was late by three hours on Monday.",
    "well.txt": "The well is deep\n\nThe well is ninety metres deep, the survey found.",
    "bell.txt": "A bell is cast\n\nThe bell was cast in bronze in the foundry yard.",
    "kiln.txt": "The kiln is lit\n\nThe kiln was lit at dawn and burned for two days.",
}


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """An index of six notes in two generations; `bad.pdf` was set aside."""
    notes = tmp_path / "notes"
    notes.mkdir()
    for number, (name, text) in enumerate(NOTES.items()):
        if number == 3:
            build(tmp_path / "news", [notes])
        (notes / name).write_text(text, encoding="utf-8")
    (notes / "bad <b>.pdf").write_bytes(b"no such thing")
    build(tmp_path / "news", [notes])
    return tmp_path / "news"


def index_page(monkeypatch: pytest.MonkeyPatch, folder: Path) -> AppTest:
    return opened(monkeypatch, folder, page="index")


def press_key(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return sound(page.run())


def labels(page: AppTest) -> set[str]:
    return {button.label for button in page.button}


# ---- what it holds -------------------------------------------------------------------------------------------


def test_the_page_has_an_address_and_tells_what_the_index_holds(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    page = opened(monkeypatch, news)
    assert "What it holds" not in shown(page)
    html = shown(show_page(page, "Index"))
    assert page.query_params["page"] in ("index", ["index"])
    assert "What it holds" in html
    assert "6 articles, 6 passages" in html
    assert "What it holds" in shown(index_page(monkeypatch, news))
    show_page(page, "Ask")
    assert "page" not in page.query_params


def test_what_was_set_aside_can_be_narrowed_and_is_shown_as_text(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    page = index_page(monkeypatch, news)
    assert "bad &lt;b&gt;.pdf" in shown(page)
    page.text_input(key="aside-words").set_value("no-such-file")
    assert "bad &lt;b&gt;.pdf" not in shown(sound(page.run()))
    page.text_input(key="aside-words").set_value("BAD pdf")
    assert "bad &lt;b&gt;.pdf" in shown(sound(page.run()))


# ---- generations ---------------------------------------------------------------------------------------------


def test_an_older_generation_becomes_current_once_it_is_agreed_to(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    page = index_page(monkeypatch, news)
    press_key(page, "back-1")
    assert "Make generation 1 the current one again" in page.warning[0].value
    press_key(page, "back-1-no")
    assert current_generation(news) == news / "generations" / "00000002"
    press_key(page, "back-1")
    finished(press_key(page, "back-1-yes"), news)
    assert current_generation(news) == news / "generations" / "00000001"
    assert "Generation 1 is current again" in page.success[0].value
    assert "3 articles" in shown(page)


def test_older_generations_can_be_dropped(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    page = index_page(monkeypatch, news)
    press_key(page, "purge")
    finished(press_key(page, "purge-yes"), news)
    assert [each.generation for each in kept(news)] == [2]
    assert "Dropped generation 1" in page.success[0].value


@pytest.mark.parametrize("key", ["back-1-yes", "purge-yes", "check"])
def test_what_was_pressed_begins_though_another_press_breaks_the_page_off(
    monkeypatch: pytest.MonkeyPatch, news: Path, key: str
) -> None:
    page = index_page(monkeypatch, news)
    if key != "check":
        press_key(page, key.removesuffix("-yes"))
    # What another press does at this place of the page; nothing below it is drawn.
    monkeypatch.setattr("desk.tending.draw_adding", lambda _: st.stop())
    page.button(key=key).click().run()
    job = jobs.JOBS.latest(news)
    assert job is not None
    assert job.ended.wait(60)
    assert job.told is not None


# ---- removing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purging", [False, True])
def test_articles_are_listed_agreed_to_and_then_removed(
    monkeypatch: pytest.MonkeyPatch, news: Path, *, purging: bool
) -> None:
    page = index_page(monkeypatch, news)
    assert "Remove 1 article" not in labels(page)
    page.text_input(key="remove-words").set_value("MILL storm")
    html = shown(sound(page.run()))
    assert html.count("A storm at the mill") == 1
    if purging:
        page.checkbox(key="remove-purge").set_value(True)
    press(page, "Remove 1 article")
    sound(page.run())
    assert "Remove 1 article of 6" in page.warning[0].value.replace("\\", "")
    finished(press(page, "Remove").run(), news)
    with Store.open(news) as store:
        assert "storm.txt" not in {row.article_id for row in store.article_rows()}
    said = page.success[0].value.replace("\\", "")
    assert said.startswith("Removed 1 article. The index holds 5 articles.")
    assert ("still in generations 1, 2" in said) is not purging
    assert [each.generation for each in kept(news)] == ([3] if purging else [3, 2, 1])


def test_what_would_go_meets_every_condition(tmp_path: Path) -> None:
    lines = [
        {"_id": "a1", "title": "Red sails", "text": "Sails.", "metadata": {"source": "Post", "date": "2020-01-01"}},
        {"_id": "b2", "title": "Red kites", "text": "Kites.", "metadata": {"source": "Wire", "date": "2022-01-01"}},
        {"_id": "c3", "title": "Blue kites", "text": "Kites.", "metadata": {"source": "Wire"}},
    ]
    (tmp_path / "l.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    build(tmp_path / "index", [tmp_path / "l.jsonl"])

    with Store.open(tmp_path / "index") as store:

        def found(words: str = "", sources: tuple[str, ...] = (), before: str | None = None) -> str:
            day = tending.date.fromisoformat(before) if before else None
            return "".join(row.article_id[0] for row in tending.found_rows(store, words, sources, day))

        assert found("red") == "ab"
        assert found("KITES") == "bc"
        assert found("b2") == "b"  # the whole id
        assert found("", ("Wire",)) == "bc"
        assert found("", (), "2022-01-01") == "a"
        assert found("red", ("Wire",), "2023-01-01") == "b"


# ---- doctor --------------------------------------------------------------------------------------------------


def test_a_whole_index_is_told_to_be_whole(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    page = index_page(monkeypatch, news)
    finished(press_key(page, "check"), news)
    assert "The index is whole" in page.success[0].value
    assert "Repair" not in labels(page)


def test_damage_is_found_and_repaired_after_it_is_agreed_to(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    page = index_page(monkeypatch, news)
    bits = news / "generations" / "00000002" / "tokens.bits"
    bits.write_bytes(bytes(len(bits.read_bytes())))
    finished(press_key(page, "check"), news)
    assert "The index is damaged" in page.warning[0].value
    assert "tokens.bits" in shown(page)
    press_key(page, "repair")
    finished(press_key(page, "repair-yes"), news)
    assert "Every byte was checked" in page.success[0].value
    assert current_generation(news) == news / "generations" / "00000003"


# ---- work in the background ----------------------------------------------------------------------------------


def test_work_goes_on_when_its_page_is_left_and_others_see_it(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    go_on = threading.Event()

    def work(show: Callable[[Progress], None]) -> jobs.Told:
        show(Progress("embedding", 30, 120))
        assert go_on.wait(60)
        return jobs.Told("It is done")

    first, second = opened(monkeypatch, news), index_page(monkeypatch, news)
    jobs.JOBS.start(news, "Adding $5 *articles*", work)
    with pytest.raises(IndexFolderError, match="goes on: wait for it"):
        jobs.JOBS.start(news, "Another", work)
    sound(first.run())
    assert second.button(key="check").disabled is False
    assert sound(second.run()).button(key="check").disabled
    assert "four hundred" in shown(ask(show_page(first, "Ask"), "how many people did the fair draw?"))
    go_on.set()
    finished(second, news)
    assert second.success[0].value == "It is done"
    press_key(second, "put-away-button")
    assert not second.success
    assert not sound(first.run()).success  # who asks is not told of another's work


def test_work_that_fails_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    page = index_page(monkeypatch, news)

    def fail(show: object) -> jobs.Told:
        raise ZeroDivisionError("secret")

    jobs.JOBS.start(news, "Adding", fail)
    finished(page, news)
    assert "failed unforeseen" in page.error[0].value
    assert "secret" not in page.error[0].value
    with write_lock(news):
        finished(press_key(press_key(page, "purge"), "purge-yes"), news)
    assert "is being written by" in page.error[0].value.replace("\\", "")


# ---- a look before files go in -------------------------------------------------------------------------------


def test_files_are_seen_before_they_go_in(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    page = index_page(monkeypatch, news)
    web = (
        "<html><head><title>Bread | Post</title></head><body><nav><a href=/a>Home</a> <a href=/b>News</a></nav>"
        "<article>"
        "<h1>Bread is dear</h1><p>The price of bread rose by a tenth in the town on Monday, the bakers said.</p>"
        "<h2>Why it rose</h2><p>Flour was short after the harvest failed, and the mill stood still for weeks.</p>"
        "</article><footer>All rights reserved</footer></body></html>"
    )
    files = [("<b>bread</b>.html", web.encode(), "text/html"), ("broken.pdf", b"no", "application/pdf")]
    page.file_uploader[0].set_value(files)
    html = shown(sound(page.run()))
    assert "<bdi>&lt;b&gt;bread&lt;/b&gt;.html</bdi>" in html
    assert "Bread is dear" in html
    assert "words kept" in html
    assert "2 sections" in html
    assert "dropped block" in html
    assert "Cannot be read: is not a PDF" in html
    assert not (news.parent / "news-uploads").exists()
    finished(press(page, "Add 2 files to the index").run(), news)
    assert "1 added" in page.success[0].value
    assert "flour was short" in shown(ask(show_page(page, "Ask"), "why did the price of bread rise?")).lower()


@pytest.mark.parametrize(("choice", "names"), [(None, ["a.txt"]), (adding.KEEP_BOTH, ["a-2.txt", "a.txt"])])
def test_an_upload_of_a_known_name_replaces_it_or_stands_beside_it(
    monkeypatch: pytest.MonkeyPatch, news: Path, choice: str | None, names: list[str]
) -> None:
    folder = news.parent / "news-uploads"
    page = index_page(monkeypatch, news)
    page.file_uploader[0].set_value([("a.txt", b"The lock opens\n\nThe lock opened on Monday.", "text/plain")])
    assert not sound(page.run()).radio
    finished(press(page, "Add to the index").run(), news)
    page.file_uploader[0].set_value([("a.txt", b"The lock shuts\n\nThe lock was shut on Friday.", "text/plain")])
    sound(page.run())
    assert page.radio[0].value == adding.REPLACE
    if choice:
        page.radio[0].set_value(choice)
    finished(press(page, "Add to the index").run(), news)
    assert sorted(path.name for path in folder.iterdir()) == names
    with Store.open(news) as store:
        titles = {row.title for row in store.article_rows()}
    assert "The lock shuts" in titles
    assert ("The lock opens" in titles) is bool(choice)


def test_replacing_follows_no_link_and_two_of_one_name_both_stay(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_bytes(b"safe")
    folder = tmp_path / "up"
    folder.mkdir()
    (folder / "link.md").symlink_to(outside)
    (folder / "a.md").write_bytes(b"old")
    sent = [Sent("link.md", b"one"), Sent("a.md", b"new"), Sent("a.md", b"newer")]
    assert uploads.keep_uploads(sent, folder, replace=["link.md", "a.md"]) == []
    assert outside.read_bytes() == b"safe"
    found = {path.name: path.read_bytes() for path in folder.iterdir() if not path.is_symlink()}
    assert found == {"link-2.md": b"one", "a.md": b"new", "a-2.md": b"newer"}


def test_uploads_are_bounded_in_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_UPLOAD_BYTES", 10)
    monkeypatch.setattr(uploads, "MOST_KEPT_BYTES", 100)
    sent = [Sent("a.md", claimed=6), Sent("b.md", claimed=6), Sent("c.md", claimed=4)]
    taken, refused = uploads.sorted_out(sent)
    assert [name for name, _ in taken] == ["a.md", "c.md"]
    assert "of one go" in dict(refused)["b.md"]
    assert "is full" in dict(uploads.sorted_out(sent, held=95)[1])["a.md"]


# ---- an app that only shows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["environment", "argument"])
def test_read_only_shows_no_way_to_change_anything(monkeypatch: pytest.MonkeyPatch, news: Path, how: str) -> None:
    if how == "environment":
        monkeypatch.setenv("BRIEFINGS_READ_ONLY", "1")
        page = index_page(monkeypatch, news)
    else:
        monkeypatch.setenv("BRIEFINGS_INDEX", str(news))
        monkeypatch.setattr("sys.argv", ["app.py", "--read-only"])
        page = AppTest.from_file(str(Path(adding.__file__).parents[1] / "app.py"), default_timeout=60)
        page.query_params["page"] = "index"
        sound(page.run())
    assert "What it holds" in shown(page)
    assert not page.file_uploader
    assert not page.button
    with pytest.raises(opening.ReadOnlyError):
        jobs.JOBS.start(news, "Adding", lambda show: jobs.Told("done"))
    with pytest.raises(opening.ReadOnlyError):
        uploads.keep_uploads([Sent("a.md")], news.parent / "news-uploads")
    assert not (news.parent / "news-uploads").exists()


def test_read_only_without_an_index_takes_no_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BRIEFINGS_READ_ONLY", "1")
    page = opened(monkeypatch, tmp_path / "none")
    assert "this app only shows" in shown(page)
    assert not page.file_uploader


def test_streamlit_itself_takes_the_settings_of_the_command_and_listens_on_this_machine_only() -> None:
    settings = Path(APP).parent / ".streamlit" / "config.toml"
    assert tomllib.loads(settings.read_text(encoding="utf-8"))["server"]["address"] == "127.0.0.1"
    assert settings.samefile(Path(APP).parent / "search" / "cli" / "streamlit.toml")


@pytest.mark.parametrize(("password", "warned"), [("", True), ("secret", False)])
def test_the_command_passes_read_only_on_and_warns_of_an_open_door(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], password: str, *, warned: bool
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _, arguments: started.append(arguments))
    monkeypatch.setenv("BRIEFINGS_PASSWORD", password)
    with contextlib.suppress(SystemExit):
        main(["app", "--host", "0.0.0.0", "--no-browser", "--index", "news", "--read-only"])
    with contextlib.suppress(SystemExit):
        main(["app", "--no-browser", "--index", "news"])
    assert started[0][-4:] == ["--", "--index", "news", "--read-only"]
    assert started[1][-3:] == ["--", "--index", "news"]
    hosts = [[flag for flag in flags if "address=" in flag or "allowedHosts=" in flag] for flags in started]
    here = "--server.address=127.0.0.1"  # as the settings say for whoever runs Streamlit itself; the last one counts
    assert hosts[0] == [here, "--server.address=0.0.0.0", "--server.allowedHosts=*"]
    assert hosts[1] == [
        here,
        here,
        "--server.allowedHosts=127.0.0.1",
        "--server.allowedHosts=localhost",
    ]
    # Streamlit's own welcome, which tells the address, may lay an offer over the page: the command tells it.
    assert all("--logger.hideWelcomeMessage=true" in flags for flags in started)
    told = capsys.readouterr().err
    assert "http://0.0.0.0:8501" in told
    assert "http://127.0.0.1:8501" in told
    assert told.count("set BRIEFINGS_PASSWORD") == warned
    assert "secret" not in told


@pytest.mark.parametrize(("value", "only"), [("", False), ("0", False), ("no", False), ("1", True), ("yes", True)])
def test_the_environment_says_whether_an_app_only_shows(
    monkeypatch: pytest.MonkeyPatch, value: str, *, only: bool
) -> None:
    monkeypatch.setenv("BRIEFINGS_READ_ONLY", value)
    assert opening.is_read_only([]) is only
    assert opening.is_read_only(["--index", "a", "--read-only"])


# ---- the password --------------------------------------------------------------------------------------------


def test_nothing_is_shown_before_the_password(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    monkeypatch.setenv("BRIEFINGS_PASSWORD", "open $esame")
    monkeypatch.setattr(locking, "DELAY", 0)
    monkeypatch.setattr(locking, "WRONG", locking.Wrong())
    page = opened(monkeypatch, sample_index, q="what does Russia want from Kim?")
    assert "30 articles" not in shown(page)
    assert "Russia" not in shown(page)
    assert [box.label for box in page.text_input] == ["Password"]
    page.text_input[0].set_value("sesame")
    sound(press(page, "Open").run())
    assert page.error[0].value == "This is not the password."
    assert "30 articles" not in shown(page)
    page.text_input[0].set_value("open $esame")
    sound(press(page, "Open").run())
    assert "30 articles" in shown(page)
    assert "What the briefings say" in shown(page)
    assert "30 articles" not in shown(opened(monkeypatch, sample_index))  # another visit


def test_the_password_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    compare = locking.hmac.compare_digest
    monkeypatch.setattr("hmac.compare_digest", lambda a, b: compared.append((a, b)) or compare(a, b))
    assert locking.is_right("open $esame", "open $esame")
    assert not locking.is_right("o", "open $esame")
    assert [(len(a), len(b)) for a, b in compared] == [(32, 32), (32, 32)]  # digests: not even lengths differ


def test_guessing_is_bounded(monkeypatch: pytest.MonkeyPatch, sample_index: Path) -> None:
    monkeypatch.setenv("BRIEFINGS_PASSWORD", "right")
    monkeypatch.setattr(locking, "DELAY", 0)
    monkeypatch.setattr(locking, "WRONG", locking.Wrong())
    monkeypatch.setattr(locking, "MOST_TRIES", 2)
    page = opened(monkeypatch, sample_index)
    for typed in ("a", "b", "right"):
        page.text_input[0].set_value(typed)
        sound(press(page, "Open").run())
    assert "wrong too often" in page.error[0].value
    monkeypatch.setattr(locking, "MOST_WRONG_A_MINUTE", 2)
    other = opened(monkeypatch, sample_index)
    other.text_input[0].set_value("right")
    sound(press(other, "Open").run())
    assert "try again in a minute" in other.error[0].value


def test_wrong_passwords_are_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "MOST_WRONG_A_MINUTE", 1)
    now = [100.0]
    wrong = locking.Wrong(lambda: now[0])
    wrong.note()
    assert wrong.too_many()
    now[0] = 161.0
    assert not wrong.too_many()


# ---- states of an index --------------------------------------------------------------------------------------


def test_a_first_build_elsewhere_is_told_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    with write_lock(folder):
        page = opened(monkeypatch, folder)
        assert "The index is being built" in shown(page)
        assert f"process {os.getpid()}" in shown(page)
        assert not page.file_uploader
    assert "Nothing to read yet" in shown(sound(page.run()))


def test_a_writer_that_died_is_no_writer(tmp_path: Path) -> None:
    assert writer_of(tmp_path) is None
    holder = tmp_path / "write.lock.holder"
    holder.write_text(f"process 999999999 on {socket.gethostname()} since 2024", encoding="utf-8")
    assert writer_of(tmp_path) is None
    holder.write_text("process 1 on another.example since 2024", encoding="utf-8")
    assert writer_of(tmp_path) == "process 1 on another.example since 2024"


@pytest.mark.parametrize(("form", "heading"), [(99, "newer than this program"), (1, "older than this program")])
def test_an_index_of_another_version_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, news: Path, form: int, heading: str
) -> None:
    path = news / "generations" / "00000002" / "manifest.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**values, "format": form}), encoding="utf-8")
    page = opened(monkeypatch, news)
    assert heading in shown(page)
    assert "Check and repair" not in labels(page)


def test_a_broken_index_is_repaired_from_its_page(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    (news / "generations" / "00000002" / "vectors.faiss").unlink()
    page = opened(monkeypatch, news)
    assert "The index is damaged" in shown(page)
    assert f"briefings doctor --repair --index {news}" in shown(page)
    finished(press(page, "Check and repair").run(), news)
    assert "What the briefings say" in shown(ask(page, "how many people did the fair draw?"))


def test_a_broken_index_is_not_repaired_where_nothing_may_change(monkeypatch: pytest.MonkeyPatch, news: Path) -> None:
    monkeypatch.setenv("BRIEFINGS_READ_ONLY", "1")
    shutil.rmtree(news / "generations" / "00000002" / "lexical")
    page = opened(monkeypatch, news)
    assert "The index is damaged" in shown(page)
    assert not page.button
